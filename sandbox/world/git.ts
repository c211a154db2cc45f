import { shaOf } from './seed.ts'

export type Person = { name: string; email: string }

/** What a folder of a repository says; manifests are a pure function of it. */
export type Settings = {
  version: string
  replicas?: number
  logLevel?: string
  featureX?: string
  memory?: string
  /** How long a rollout may stand still before it counts as failed. */
  deadlineSeconds?: number
  /** Another value than the service's name makes the apply fail: a Deployment's selector cannot change. */
  selector?: string
}

export type Commit = {
  sha: string
  parent?: string
  author: Person
  at: number
  message: string
  /** Folder to what it says from this commit on. */
  changes: Record<string, Settings>
}

export type Repo = {
  url: string
  /** `group/name`, as GitLab addresses it. */
  path: string
  commits: Commit[]
  branches: Map<string, string>
  tags: Map<string, string>
  /** Settings of folders that no commit mentions (large generated fleets). */
  base: (dir: string) => Settings | undefined
  index: Map<string, number>
  changesByDir: Map<string, number[]>
}

export type NewCommit = {
  author: Person
  at: number
  message: string
  changes: Record<string, Settings>
  sha?: string | undefined
}

export function createRepo(path: string, base: Repo['base'] = () => undefined): Repo {
  return {
    url: `http://git.acme.example:8000/${path}.git`,
    path,
    commits: [],
    branches: new Map(),
    tags: new Map(),
    base,
    index: new Map(),
    changesByDir: new Map(),
  }
}

/** Appends a commit to `main` and returns it. */
export function addCommit(repo: Repo, input: NewCommit): Commit {
  const parent = repo.branches.get('main')
  const sha = input.sha ?? shaOf(repo.path, repo.commits.length, input.at, input.message, parent ?? '')
  const { author, at, message, changes } = input
  const commit: Commit = { sha, ...(parent ? { parent } : {}), author, at, message, changes }
  const position = repo.commits.push(commit) - 1
  repo.index.set(sha, position)
  for (const dir of Object.keys(changes)) {
    const positions = repo.changesByDir.get(dir)
    if (positions) positions.push(position)
    else repo.changesByDir.set(dir, [position])
  }
  repo.branches.set('main', sha)
  return commit
}

export function commitOf(repo: Repo, sha: string): Commit | undefined {
  const position = repo.index.get(sha)
  return position === undefined ? undefined : repo.commits[position]
}

/** What `dir` says at `sha`, or undefined when the folder is not there. */
export function settingsAt(repo: Repo, dir: string, sha: string): Settings | undefined {
  const at = repo.index.get(sha)
  if (at === undefined) return undefined
  const position = repo.changesByDir.get(dir)?.findLast((candidate) => candidate <= at)
  return position === undefined ? repo.base(dir) : repo.commits[position]?.changes[dir]
}

/** The newest commit of `main` that is not younger than `at`. */
export function headAt(repo: Repo, at: number): string {
  const commit = repo.commits.findLast((candidate) => candidate.at <= at) ?? repo.commits[0]
  if (!commit) throw new Error(`repository ${repo.path} is empty`)
  return commit.sha
}

export const fullSha = /^[0-9a-f]{40}$/

/** Branch, tag, short or full SHA to a full one. A full SHA is not looked up, exactly as Argo CD does not. */
export function resolveRef(repo: Repo, ref: string): string | undefined {
  const wanted = ref === '' || ref === 'HEAD' ? 'main' : ref
  if (fullSha.test(wanted)) return wanted
  const named = repo.branches.get(wanted) ?? repo.tags.get(wanted)
  if (named || !/^[0-9a-f]{7,39}$/.test(wanted)) return named
  return repo.commits.find((commit) => commit.sha.startsWith(wanted))?.sha
}

/** Commits after `from` up to `to`, newest first, that touch a folder below `path`. */
export function commitsBetween(repo: Repo, from: string | undefined, to: string, path?: string): Commit[] {
  const end = repo.index.get(to)
  if (end === undefined) return []
  const start = from === undefined ? -1 : (repo.index.get(from) ?? -1)
  const touches = (commit: Commit) =>
    path === undefined ||
    Object.keys(commit.changes).some((dir) => dir === path || dir.startsWith(`${path}/`))
  return repo.commits
    .slice(start + 1, end + 1)
    .filter(touches)
    .reverse()
}
