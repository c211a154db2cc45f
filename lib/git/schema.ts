import { z } from 'zod'

/** A commit as GitLab's REST API v4 gives it. Author name and address are whatever the committer typed. */
export const gitlabCommitSchema = z.object({
  id: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
  title: z.string().default(''),
  message: z.string().default(''),
  author_name: z.string().default(''),
  author_email: z.string().default(''),
  authored_date: z.iso.datetime({ offset: true }).nullish(),
  committer_name: z.string().default(''),
  committer_email: z.string().default(''),
  committed_date: z.iso.datetime({ offset: true }).nullish(),
  parent_ids: z.array(z.string()).default([]),
  web_url: z.string().nullish(),
})
/** A merge request names its people by id and user name; addresses are theirs to publish. */
const gitlabUser = z.object({ id: z.int(), name: z.string().default(''), username: z.string().default('') })
export const gitlabMergeListSchema = z.array(
  z.object({
    state: z.string().default(''),
    author: gitlabUser.nullish(),
    merge_user: gitlabUser.nullish(),
    merged_by: gitlabUser.nullish(),
  }),
)
export const gitlabUserSchema = z.object({
  email: z.string().nullish(),
  public_email: z.string().nullish(),
})
export const gitlabCommitListSchema = z.array(gitlabCommitSchema)
