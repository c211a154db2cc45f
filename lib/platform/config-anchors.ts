import { createHash } from 'node:crypto'
import { z } from 'zod'
import { address, count, duration, path, secretRef, text } from './config-values.ts'

const tenantAllowed = 'a number from 0 to 4294967295'
const tenant = z.strictObject({
  accountId: count(tenantAllowed, 0, 4_294_967_295, 0),
  projectId: count(tenantAllowed, 0, 4_294_967_295, 0),
})

const file = z.strictObject({
  kind: z.literal('file'),
  path: path.describe('The signer appends checkpoints to it'),
})

const victorialogs = z
  .strictObject({
    kind: z.literal('victorialogs'),
    url: address('https://logs.example.com').describe('Where it takes lines and answers queries'),
    token: secretRef.optional().describe('Bearer token that can write and read; only the signer reads it'),
    tenant: tenant.optional().describe('Sent as the headers AccountID and ProjectID'),
    retention: duration('7d').describe('How long it keeps lines; older ones are not missed'),
  })
  .transform(({ retention, ...rest }) => ({ ...rest, retentionMs: retention }))

const branchAllowed = 'the name of a branch, such as countersign-checkpoints'
const git = z.strictObject({
  kind: z.literal('git'),
  url: address('https://gitlab.example.com').describe('GitLab'),
  project: text('a project with its groups, such as audit/checkpoints').describe(
    'Project that holds the checkpoints',
  ),
  branch: text(branchAllowed)
    .default('countersign-checkpoints')
    .describe('Protect it: nobody may force-push, only this token may push'),
  startBranch: text(branchAllowed).optional().describe('What the branch is made from when it is not there'),
  token: secretRef.describe('Token with the scope api; only the signer reads it'),
})

const witnessKeyAllowed = 'the vkey of a witness, as it is in its witness.vkey: name+id+key'
/** Whether the id in a vkey is that of its name and key, as the signed-note specification makes it. */
function fitsItsId(vkey: string): boolean {
  const [name = '', id = '', ...key] = vkey.split('+')
  const typed = Buffer.from(key.join('+'), 'base64')
  return createHash('sha256').update(`${name}\n`).update(typed).digest('hex').slice(0, 8) === id
}

const witness = z.strictObject({
  kind: z.literal('witness'),
  url: address('https://witness.example.com').describe('What comes before /add-checkpoint'),
  vkey: text(witnessKeyAllowed)
    .regex(/^[^+\s]+\+[0-9a-f]{8}\+B[A-Za-z0-9+/]{43}$/, { error: witnessKeyAllowed })
    .refine(fitsItsId, { error: witnessKeyAllowed })
    .describe('The key of the witness (C2SP, Ed25519): its cosignatures are held against it'),
})

/** A place outside the database that confirms checkpoints. */
export const anchor = z.discriminatedUnion('kind', [file, victorialogs, git, witness])
