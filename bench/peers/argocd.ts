import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What Argo CD's own list page asks for (ui/src/app/applications/components/applications-list, 3.5). */
export const listFields = [
  'metadata.resourceVersion',
  'items.metadata.name',
  'items.metadata.namespace',
  'items.metadata.annotations',
  'items.metadata.labels',
  'items.metadata.creationTimestamp',
  'items.metadata.deletionTimestamp',
  'items.spec',
  'items.operation.sync',
  'items.status.sourceHydrator',
  'items.status.sync.status',
  'items.status.health',
  'items.status.operationState.phase',
  'items.status.operationState.startedAt',
  'items.status.operationState.finishedAt',
  'items.status.operationState.operation.sync',
  'items.status.summary',
  'items.status.resources',
]
const watchFields = [
  'result.type',
  ...listFields.flatMap((field) =>
    field.startsWith('items.') ? [field.replace('items.', 'result.application.')] : [],
  ),
]

const require = createRequire(import.meta.url)
/** React as it is in the product, each file under the name that the others know it by. */
const modules = {
  react: 'react/cjs/react.production.js',
  scheduler: 'scheduler/cjs/scheduler.production.js',
  'react-dom': 'react-dom/cjs/react-dom.production.js',
  'react-dom/client': 'react-dom/cjs/react-dom-client.production.js',
}

async function source(file: string): Promise<string> {
  const [name = ''] = file.split('/')
  // Only the folder may be asked for: what is in cjs/ is not for others.
  const folder = dirname(require.resolve(`${name}/package.json`))
  return readFile(join(folder, file.slice(name.length + 1)), 'utf8')
}

/** A page that follows the list as Argo CD's own does, on the origin of an Argo CD: `size` applications called like `search`. */
export async function listPage(search: string, size: number): Promise<string> {
  const made = await Promise.all(
    Object.entries(modules).map(
      async ([name, file]) =>
        `${JSON.stringify(name)}: (module, exports, require) => {\n${await source(file)}\n}`,
    ),
  )
  const script = await readFile(join(import.meta.dirname, 'argocd-list.js'), 'utf8')
  const options = { search, size, listFields: listFields.join(','), watchFields: watchFields.join(',') }
  return `<!doctype html><meta charset="utf-8"><title>Applications</title><body><div id="root"></div><script type="module">
const made = {}
const files = { ${made.join(',\n')} }
const load = (name) => {
  if (made[name]) return made[name].exports
  const module = (made[name] = { exports: {} })
  files[name](module, module.exports, load)
  return module.exports
}
${script}
await show(load('react'), load('react-dom/client'), ${JSON.stringify(options)})
</script>`
}
