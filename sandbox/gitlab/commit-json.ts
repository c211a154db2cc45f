import { type Commit, commitOf, type Repo, settingsAt } from '#sandbox/world/git.ts'

/** A commit as GitLab's REST API v4 shows it. There is no user id in it: author name and address are free text. */
export function commitJson(baseUrl: string, repo: Repo, commit: Commit): Record<string, unknown> {
  const date = new Date(commit.at).toISOString().replace('Z', '+00:00')
  const trailers = Object.fromEntries(
    [...commit.message.matchAll(/^([A-Z][\w-]+): (.+)$/gm)].map(([, key = '', value]) => [key, value]),
  )
  return {
    id: commit.sha,
    short_id: commit.sha.slice(0, 8),
    created_at: date,
    parent_ids: commit.parent ? [commit.parent] : [],
    title: commit.message.split('\n')[0],
    message: `${commit.message}\n`,
    author_name: commit.author.name,
    author_email: commit.author.email,
    authored_date: date,
    committer_name: commit.author.name,
    committer_email: commit.author.email,
    committed_date: date,
    trailers,
    extended_trailers: Object.fromEntries(Object.entries(trailers).map(([key, value]) => [key, [value]])),
    web_url: `${baseUrl}/${repo.path}/-/commit/${commit.sha}`,
  }
}

/** What GitLab adds when one commit is asked for. */
export function commitDetail(
  baseUrl: string,
  repo: Repo,
  commit: Commit,
  projectId: number,
): Record<string, unknown> {
  const count = Object.keys(commit.changes).length
  return {
    ...commitJson(baseUrl, repo, commit),
    stats: {
      additions: count,
      deletions: commit.parent ? count : 0,
      total: commit.parent ? count * 2 : count,
    },
    status: null,
    project_id: projectId,
    last_pipeline: null,
  }
}

type Diff = {
  old_path: string
  new_path: string
  a_mode: string
  b_mode: string
  diff: string
  new_file: boolean
  renamed_file: boolean
  deleted_file: boolean
}

/** Differences of the folders that changed between two commits, one line a setting. */
export function diffsBetween(repo: Repo, from: string, to: string, commits: Commit[]): Diff[] {
  const dirs = [...new Set(commits.flatMap((commit) => Object.keys(commit.changes)))].sort()
  return dirs.flatMap((dir) => {
    const before = commitOf(repo, from) ? settingsAt(repo, dir, from) : undefined
    const lines = (sign: string, settings: object | undefined) =>
      Object.entries(settings ?? {}).map(([key, value]) => `${sign}${key}: ${value}\n`)
    const old = lines('-', before)
    const now = lines('+', settingsAt(repo, dir, to))
    if (old.map((line) => line.slice(1)).join() === now.map((line) => line.slice(1)).join()) return []
    const path = `${dir}/settings.yaml`
    return [
      {
        old_path: path,
        new_path: path,
        a_mode: before ? '100644' : '0',
        b_mode: '100644',
        diff: `@@ -1,${old.length} +1,${now.length} @@\n${old.join('')}${now.join('')}`,
        new_file: !before,
        renamed_file: false,
        deleted_file: false,
      },
    ]
  })
}
