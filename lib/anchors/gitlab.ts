import { z } from 'zod'
import { type Anchor, noteDigest, type SignedHead } from '#lib/audit/anchors.ts'
import { noteCheckpoint } from '#lib/audit/checkpoint.ts'
import { clock, instant } from '#lib/platform/clock.ts'
import type { SecretRef } from '#lib/platform/config-values.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { type Answer, asking, excerpt } from './ask.ts'

export type GitLabPlace = {
  url: string
  project: string
  branch: string
  startBranch?: string | undefined
  token: SecretRef
}

const always = instant(0)
const fileSchema = z.object({
  content: z.base64(),
  encoding: z.literal('base64'),
  last_commit_id: z.string().min(1),
})
const commitSchema = z.object({ id: z.string().min(1), web_url: z.string().default('') })

function parsed<T>(schema: z.ZodType<T>, answer: Answer, what: string): T {
  try {
    return schema.parse(JSON.parse(answer.text))
  } catch {
    throw new Error(`GitLab's answer is not ${what}: ${excerpt(answer)}`)
  }
}

/** A path that any origin fits into, and no two share. */
const pathOf = (origin: string): string =>
  `checkpoints/${origin.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}-${noteDigest(origin).slice(0, 12)}.txt`

/** Why `held` must not be written over by `head`. */
function conflict(held: string, { checkpoint: { origin, size } }: SignedHead): string | undefined {
  const there = noteCheckpoint(held)
  if (!there || there.origin !== origin || there.size < size) return undefined
  return there.size === size
    ? `the branch holds another history of ${size} entries`
    : `the branch holds a checkpoint of ${there.size} entries, more than the ${size} of this log`
}

/**
 * One commit for each checkpoint, of one file for each log: the file is the newest checkpoint, its history is all of
 * them. On a protected branch nobody takes a commit back. Source: GitLab's commits and repository files API v4.
 */
export function gitlabAnchor(place: GitLabPlace, name: string): Anchor {
  const { url, project, branch, startBranch } = place
  const ask = asking(url)
  const base = `/api/v4/projects/${encodeURIComponent(project)}/repository`
  const headers = () => ({ 'private-token': readSecret(place.token) })
  const receipt = (commit: string, web: string, note: string) => ({
    at: clock.now(),
    commit,
    url: web || `${url}/${project}/-/commit/${commit}`,
    branch,
    file: pathOf(noteCheckpoint(note)?.origin ?? ''),
    sha256: noteDigest(note),
  })

  async function held(origin: string): Promise<{ note: string; commit: string } | undefined> {
    const path = `${base}/files/${encodeURIComponent(pathOf(origin))}`
    const answer = await ask({ path, query: [['ref', branch]], headers: headers() })
    if (answer.status === 404 && !/project/i.test(answer.text)) return undefined
    if (answer.status !== 200) throw new Error(`GitLab does not show ${project}: ${excerpt(answer)}`)
    const { content, last_commit_id } = parsed(fileSchema, answer, 'a file')
    return { note: Buffer.from(content, 'base64').toString('utf8'), commit: last_commit_id }
  }

  async function commit(head: SignedHead, there: { commit: string } | undefined): Promise<Answer> {
    const { origin, size } = head.checkpoint
    const action = {
      action: there ? 'update' : 'create',
      file_path: pathOf(origin),
      content: head.note,
      // Somebody else's commit in between is an error, and nothing is written over.
      ...(there && { last_commit_id: there.commit }),
    }
    const body = { branch, commit_message: `Checkpoint of ${size} entries of ${origin}`, actions: [action] }
    const post = (extra: object) =>
      ask({
        method: 'POST',
        path: `${base}/commits`,
        headers: { ...headers(), 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, ...extra }),
      })
    const answer = await post({})
    const noBranch = answer.status === 400 && !there && /branch/i.test(answer.text)
    return noBranch && startBranch ? post({ start_branch: startBranch }) : answer
  }

  return {
    name,
    kind: 'git',
    async submit(head) {
      const there = await held(head.checkpoint.origin)
      if (there?.note === head.note) return receipt(there.commit, '', head.note)
      const refused = there && conflict(there.note, head)
      if (refused) throw new Error(`GitLab, ${project}: ${refused}`)
      const answer = await commit(head, there)
      if (answer.status !== 201) throw new Error(`GitLab did not take the commit: ${excerpt(answer)}`)
      const { id, web_url } = parsed(commitSchema, answer, 'a commit')
      return receipt(id, web_url, head.note)
    },
    async read(asked) {
      const there = await held(asked?.origin ?? '')
      const notes = there ? [there.note] : []
      const nothing = { leaves: new Uint8Array(), strayBytes: 0, missing: there === undefined }
      // Always: a file that is not there any more was taken away.
      return { name, place: `${url}/${project}`, notes, ...nothing, newestSince: always }
    },
  }
}
