import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '..')
/** Everything that benches leave behind; safe to delete. */
export const benchDir = join(root, '.countersign', 'bench')
