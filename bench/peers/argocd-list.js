// What Argo CD's own list page does with its watch (ui/src/app/applications/components/applications-list, 3.5): list once,
// gather events for 500 ms, look for each of them through the whole list, filter and sort all of it, draw a page of it.
const bufferMs = 500

/** As Argo CD's AppUtils.appInstanceName. */
const instanceName = ({ metadata }) => `${metadata.namespace}/${metadata.name}`

function take(applications, changes) {
  for (const { type, application } of changes) {
    const index = applications.findIndex((known) => instanceName(known) === instanceName(application))
    if (type === 'DELETED') {
      if (index > -1) applications.splice(index, 1)
    } else if (index > -1) applications[index] = application
    else applications.unshift(application)
  }
}

const shown = (applications, search, size) =>
  applications
    .filter(({ metadata }) => metadata.name.includes(search))
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
    .slice(0, size)

const row = (h, { metadata, spec, status }) =>
  h(
    'tr',
    { key: instanceName({ metadata }), 'data-row': metadata.name },
    ...[
      metadata.name,
      spec.project,
      status.health?.status,
      status.sync?.status,
      spec.source?.repoURL,
      spec.source?.targetRevision,
      spec.source?.path,
      `${spec.destination?.server}/${spec.destination?.namespace}`,
      metadata.creationTimestamp,
    ].map((text, index) => h('td', { key: index }, text)),
  )

/** Draws `size` applications that match `search` with React and keeps them as they are at Argo CD. */
export async function show(react, client, { search, size, listFields, watchFields }) {
  const h = react.createElement
  const root = client.createRoot(document.getElementById('root'))
  const answer = await (await fetch(`/api/v1/applications?fields=${listFields}`)).json()
  const applications = answer.items
  const draw = () =>
    root.render(
      h(
        'table',
        null,
        h(
          'tbody',
          null,
          shown(applications, search, size).map((app) => row(h, app)),
        ),
      ),
    )
  draw()
  let changes = []
  const { resourceVersion } = answer.metadata
  const stream = new EventSource(
    `/api/v1/stream/applications?fields=${watchFields}&resourceVersion=${resourceVersion}`,
  )
  stream.onmessage = ({ data }) => changes.push(JSON.parse(data).result)
  stream.onopen = () => document.body.setAttribute('data-open', '')
  setInterval(() => {
    const arrived = changes
    changes = []
    if (arrived.length === 0) return
    take(applications, arrived)
    draw()
  }, bufferMs)
}
