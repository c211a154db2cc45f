const e = encodeURIComponent

const query = (values: Record<string, string | number | undefined>): string => {
  const text = new URLSearchParams(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    ),
  ).toString()
  return text ? `?${text}` : ''
}

/** Every address inside Countersign. Nobody writes one by hand; the architecture test looks. */
export const paths = {
  services: (filter: Record<string, string | undefined> = {}) => `/${query(filter)}`,
  service: (name: string, page: Record<string, string | undefined> = {}) =>
    `/services/${e(name)}${query(page)}`,
  suspects: (service: string, asked: Record<string, string | undefined> = {}) =>
    `/services/${e(service)}/suspects${query(asked)}`,
  compare: (asked: Record<string, string | undefined> = {}) => `/compare${query(asked)}`,
  application: (id: string, page: Record<string, string | undefined> = {}) =>
    `/applications/${e(id)}${query(page)}`,
  releases: (filter: Record<string, string | undefined> = {}) => `/releases${query(filter)}`,
  release: (id: string, page: Record<string, string | undefined> = {}) => `/releases/${e(id)}${query(page)}`,
  releaseEvidence: (id: string) => `/releases/${e(id)}/evidence`,
  inbox: (page: Record<string, string | undefined> = {}) => `/inbox${query(page)}`,
  findings: (filter: Record<string, string | undefined> = {}) => `/findings${query(filter)}`,
  finding: (id: string) => `/findings/${e(id)}`,
  emergencies: (filter: Record<string, string | undefined> = {}) => `/emergencies${query(filter)}`,
  train: (id: string) => `/trains/${e(id)}`,
  newTrain: (asked: Record<string, string | undefined> = {}) => `/trains/new${query(asked)}`,
  policies: (page: Record<string, string | undefined> = {}) => `/policies${query(page)}`,
  standardChanges: (page: Record<string, string | undefined> = {}) => `/standard-changes${query(page)}`,
  standardChange: (id: string) => `/standard-changes/${e(id)}`,
  pauses: (page: Record<string, string | undefined> = {}) => `/pauses${query(page)}`,
  freezes: (page: Record<string, string | undefined> = {}) => `/freezes${query(page)}`,
  history: (filter: Record<string, string | undefined> = {}) => `/history${query(filter)}`,
  audit: () => '/audit',
  inquiry: (question: string, asked: Record<string, string | undefined> = {}) =>
    `/audit/${e(question)}${query(asked)}`,
  samples: (page: Record<string, string | undefined> = {}) => `/audit/samples${query(page)}`,
  sample: (id: string) => `/audit/samples/${e(id)}`,
  samplePaper: (id: string) => `/audit/samples/${e(id)}/paper`,
  controls: (period: Record<string, string | undefined> = {}) => `/audit/controls${query(period)}`,
  unmapped: (page: Record<string, string | undefined> = {}) => `/unmapped${query(page)}`,
  search: (asked: { q?: string; kind?: string | undefined; after?: string | undefined } = {}) =>
    `/search${query(asked)}`,
  instances: () => '/instances',
  applicationSets: (page: Record<string, string | undefined> = {}) => `/applicationsets${query(page)}`,
  applicationSet: ({ instance, namespace, name }: { instance: string; namespace: string; name: string }) =>
    `/applicationsets/${e(instance)}/${e(namespace)}/${e(name)}`,
  projects: (page: Record<string, string | undefined> = {}) => `/projects${query(page)}`,
  project: ({ instance, name }: { instance: string; name: string }, week?: string) =>
    `/projects/${e(instance)}/${e(name)}${query({ week })}`,
  signIn: (next?: string) => `/sign-in${query({ next })}`,
  api: {
    auth: '/api/auth',
    events: '/api/v1/events',
    health: '/api/health',
    search: (asked: { q: string; kind?: string; after?: string }) => `/api/v1/search${query(asked)}`,
    services: (filter: Record<string, string | undefined> = {}) => `/api/v1/services${query(filter)}`,
    export: (filter: Record<string, string | undefined> = {}) => `/api/v1/services/export${query(filter)}`,
    views: () => '/api/v1/views',
    view: (id: string) => `/api/v1/views/${e(id)}`,
    viewRemoval: (id: string) => `/api/v1/views/${e(id)}/removal`,
    application: (id: string) => `/api/v1/applications/${e(id)}`,
    rollbacks: (application: string) => `/api/v1/applications/${e(application)}/rollbacks`,
    rollback: (application: string, deployment: string) =>
      `/api/v1/applications/${e(application)}/rollbacks/${e(deployment)}`,
    metrics: (id: string, asked: Record<string, string | undefined>) =>
      `/api/v1/applications/${e(id)}/signals/metrics${query(asked)}`,
    logs: (id: string, asked: Record<string, string | undefined>) =>
      `/api/v1/applications/${e(id)}/signals/logs${query(asked)}`,
    tail: (id: string, asked: Record<string, string | undefined>) =>
      `/api/v1/applications/${e(id)}/signals/tail${query(asked)}`,
    alerts: (id: string, asked: Record<string, string | undefined>) =>
      `/api/v1/applications/${e(id)}/signals/alerts${query(asked)}`,
    inbox: (page: Record<string, string | undefined> = {}) => `/api/v1/inbox${query(page)}`,
    releases: (filter: Record<string, string | undefined> = {}) => `/api/v1/releases${query(filter)}`,
    release: (id: string) => `/api/v1/releases/${e(id)}`,
    gates: () => '/api/v1/gates',
    planRows: (plan: string, page: Record<string, string | undefined>) =>
      `/api/v1/plans/${e(plan)}/rows${query(page)}`,
    decisions: (release: string) => `/api/v1/releases/${e(release)}/decisions`,
    extensions: (release: string) => `/api/v1/releases/${e(release)}/extensions`,
    messages: (release: string) => `/api/v1/releases/${e(release)}/messages`,
    emergencies: () => '/api/v1/emergencies',
    emergencyExport: (filter: Record<string, string | undefined> = {}) =>
      `/api/v1/emergencies/export${query(filter)}`,
    retrospective: (release: string) => `/api/v1/releases/${e(release)}/retrospective`,
    stepUps: () => '/api/v1/step-ups',
    closings: (release: string) => `/api/v1/releases/${e(release)}/closings`,
    revocation: (release: string) => `/api/v1/releases/${e(release)}/revocation`,
    withdrawal: (release: string) => `/api/v1/releases/${e(release)}/withdrawal`,
    findingClosing: (id: string) => `/api/v1/findings/${e(id)}/closing`,
    findingExport: (filter: Record<string, string | undefined> = {}) =>
      `/api/v1/findings/export${query(filter)}`,
    pauses: () => '/api/v1/pauses',
    trains: () => '/api/v1/trains',
    trainDecisions: (train: string) => `/api/v1/trains/${e(train)}/decisions`,
    trainResumptions: (train: string) => `/api/v1/trains/${e(train)}/resumptions`,
    standardChanges: () => '/api/v1/standard-changes',
    standardChangeVotes: (id: string) => `/api/v1/standard-changes/${e(id)}/votes`,
    standardChangeStop: (id: string) => `/api/v1/standard-changes/${e(id)}/stop`,
    policyVotes: (proposal: string) => `/api/v1/policies/${e(proposal)}/votes`,
    resumption: (pause: string) => `/api/v1/pauses/${e(pause)}/resumption`,
    freezes: () => '/api/v1/freezes',
    freezePreview: (asked: Record<string, string>) => `/api/v1/freezes/preview${query(asked)}`,
    freezeEnd: (freeze: string) => `/api/v1/freezes/${e(freeze)}/end`,
    overrides: (release: string) => `/api/v1/releases/${e(release)}/overrides`,
    comparisons: () => '/api/v1/comparisons',
    comparisonExport: (asked: Record<string, string | undefined> = {}) =>
      `/api/v1/comparisons/export${query(asked)}`,
    evidence: () => '/api/v1/evidence',
    evidencePack: (id: string) => `/api/v1/evidence/${e(id)}`,
    inquiry: (question: string, asked: Record<string, string | undefined> = {}) =>
      `/api/v1/audit/${e(question)}${query(asked)}`,
    samples: () => '/api/v1/samples',
    sampleNotes: (id: string) => `/api/v1/samples/${e(id)}/notes`,
    sampleSignOff: (id: string) => `/api/v1/samples/${e(id)}/sign-off`,
    samplePaper: (id: string) => `/api/v1/samples/${e(id)}/paper`,
    verifier: () => '/api/v1/verifier',
    log: () => '/api/v1/log',
    logRows: (asked: Record<string, string | undefined> = {}) => `/api/v1/log/rows${query(asked)}`,
    history: (filter: Record<string, string | undefined> = {}) => `/api/v1/history${query(filter)}`,
  },
}
