import { door } from '#lib/access/door.ts'
import { writeMessage } from '#lib/messages/commands.ts'
import { messageSchema } from '#lib/messages/schema.ts'
import { noSuchRelease, releaseParamsSchema } from '#lib/releases/schema.ts'

/** A question or an answer on a release, by anybody who may read it. */
export const POST = door(
  {
    body: messageSchema,
    params: releaseParamsSchema,
    status: 201,
    refusals: { 'no-such-release': 404 },
    explain: ({ code }: { code: 'no-such-release' | 'too-many' }) =>
      code === 'no-such-release' ? noSuchRelease : 'This release has all the messages it can take.',
  },
  ({ db, params, body, viewer }) => writeMessage(db, params.id, body.text, viewer),
)
