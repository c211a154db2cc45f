import { Time } from '#components/shell/time.tsx'
import { Copyable } from '#components/ui/copyable.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Table, Td, Th, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import type { PlanCommits } from '#lib/plans/plan.ts'
import { counted } from './plan-words.ts'

type CommitsPanelProps = { given: PlanCommits; done?: boolean; back?: boolean }

/**
 * Every commit between what runs and what the plan brings, newest first as Git gives them. `back`: of a rollback, which
 * takes them away.
 */
export function CommitsPanel({ given, done = false, back = false }: CommitsPanelProps) {
  const since = back ? 'taken back' : done ? 'since what ran before' : 'since what runs now'
  const { commits, incomplete } = given
  return (
    <Panel
      title={incomplete && commits.length === 0 ? 'Commits' : counted(commits.length, 'commit')}
      note={incomplete ? undefined : since}
    >
      {commits.length > 0 && (
        <Table caption={`Commits ${since}`}>
          <thead className="sr-only">
            <tr>
              <Th>Commit</Th>
              <Th>Subject</Th>
              <Th>Author</Th>
              <Th>When</Th>
            </tr>
          </thead>
          <tbody>
            {commits.map((commit) => (
              <Tr key={`${commit.repository} ${commit.revision}`}>
                <Td className="min-w-28">
                  <Copyable value={commit.revision} what="commit" />
                </Td>
                <Td row className="w-full min-w-40 break-words">
                  {commit.url ? (
                    <a href={commit.url} target="_blank" rel="noreferrer" className="hover:underline">
                      {visible(commit.subject)}
                    </a>
                  ) : (
                    visible(commit.subject)
                  )}
                  <span className="block text-ink-muted text-xs md:hidden">
                    {visible(commit.author)}
                    {commit.at && (
                      <>
                        {' · '}
                        <Time at={commit.at} as="clock" />
                      </>
                    )}
                  </span>
                </Td>
                <Td className="whitespace-nowrap text-ink-muted max-md:hidden">{visible(commit.author)}</Td>
                <Td className="whitespace-nowrap text-ink-muted max-md:hidden">
                  {commit.at ? <Time at={commit.at} as="clock" /> : 'unknown'}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
      {incomplete && (
        <p className="px-4 py-3 text-ink-muted text-sm">
          {commits.length > 0 ? 'There may be more. ' : 'Which commits are in it, nobody can tell. '}
          {visible(`${incomplete.charAt(0).toUpperCase()}${incomplete.slice(1)}`.replace(/\.?$/, '.'))}
        </p>
      )}
      {!incomplete && commits.length === 0 && (
        <p className="px-4 py-3 text-ink-muted text-sm">
          {back
            ? 'No commit touches it between what runs and what is brought back.'
            : 'No new commit: the manifests differ although the revision is the same.'}
        </p>
      )}
    </Panel>
  )
}
