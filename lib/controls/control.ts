/** Live figures of a period, as Postgres counts them. */
export type Figures = {
  changes: { all: number; release: number; finding: number; open: number; before: number }
  sent: {
    all: number
    glass: number
    signed: number
    lowerFirst: number
    documents: number
    cannotTell: number
    underPolicy: number
    stepUpAsked: number
    stepUpGiven: number
    anchored: number
    second: number
    back: number
  }
  ended: { all: number; verified: number; healthy: number; review: number }
  emergencies: { all: number; inTime: number; late: number; waiting: number; overdue: number }
  log: { size: number; anchored: number; anchors: number; failing: number; starts: number; stops: number }
  clock: { all: number; near: number; capped: boolean }
  roles: { people: number; loaded: number; digests: number; configurations: number }
  decisions: { all: number; service: number; own: number }
  packs: number
  policies: { all: number; fourEyes: number }
}

/** Where the rows behind a figure stand. */
export type Shown =
  | { to: 'changes'; kind?: string }
  | { to: 'signers' }
  | { to: 'exceptions'; kind?: string }
  | { to: 'history'; kind?: string; text?: string }
  | { to: 'policies' }
  | null

export type Control = {
  id: string
  /** What asks for it. */
  source: string
  asks: string
  feature: string
  /** `n` of `m`; null where nothing in Countersign can tell. */
  figure: { n: number; m: number } | null
  says: string
  shown: Shown
}

/** Met by all there is, not by all, nothing to judge by, or not to be told. */
export type Coverage = 'all' | 'part' | 'none' | 'cannot-tell'
export const coverageOf = ({ figure }: Pick<Control, 'figure'>): Coverage =>
  figure === null ? 'cannot-tell' : figure.m === 0 ? 'none' : figure.n >= figure.m ? 'all' : 'part'

const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`
const of = (n: number, m: number, what: string) =>
  m === 0 ? `No ${what} in this period` : `${n} of ${m} ${what}`

/** The eighteen controls with what stands behind each. No figure is rounded, and what is not counted says so. */
export function controlsOf(figures: Figures): Control[] {
  const { changes, sent, ended, emergencies, log, clock, roles, decisions, packs, policies } = figures
  const usual = sent.all - sent.glass
  const explained = changes.release + changes.finding + changes.open
  const judged = changes.all - changes.before
  return [
    {
      ...{ id: 'R1', source: 'DORA 9(4)(e); 2690 6.4.2', asks: 'Every change is recorded' },
      feature: 'Each sync of a protected application is a release or a finding',
      figure: { n: explained, m: judged },
      says: `${of(explained, judged, 'production changes explained')}: ${changes.release} by a release, ${changes.finding} by a closed finding, ${changes.open} by an open one. ${changes.before} ran before Countersign.`,
      shown: { to: 'changes' },
    },
    {
      ...{ id: 'R2', source: 'RTS 17(1)(b); ISO A.5.3', asks: 'Who approves is not who asked' },
      feature: 'Approver, requester and author are compared by person',
      figure: { n: sent.signed, m: usual },
      says: `${of(sent.signed, usual, 'releases sent with all approvals, each by another person than who asked')}. ${plural(decisions.own, 'decision')} by who asked. Break-glass is R9.`,
      shown: { to: 'changes', kind: 'release' },
    },
    {
      ...{ id: 'R3', source: 'RTS 16, 17(1)(c)', asks: 'Changes are tested' },
      feature: 'A policy can ask for the same revision healthy in the environment before',
      figure: { n: sent.lowerFirst, m: sent.all },
      says: `${of(sent.lowerFirst, sent.all, 'releases sent under a policy that demands the environment before')}. What tests ran there, Countersign cannot tell.`,
      shown: { to: 'changes' },
    },
    {
      ...{ id: 'R4', source: 'RTS 17(1)(h)', asks: 'Effects are assessed first' },
      feature: 'Difference and risks are frozen with the plan',
      figure: { n: sent.documents - sent.cannotTell, m: sent.all },
      says: `${of(sent.documents - sent.cannotTell, sent.all, 'releases sent with the difference that people saw')}. For ${sent.cannotTell} nobody could tell what changes.`,
      shown: { to: 'signers' },
    },
    {
      ...{ id: 'R5', source: 'DORA 9(4)(e)', asks: 'The right people approve' },
      feature: 'Policies name number, groups and fresh sign-in',
      figure: { n: sent.underPolicy, m: sent.all },
      says: `${of(sent.underPolicy, sent.all, 'releases sent under rules that people had agreed to')}. ${of(sent.stepUpGiven, sent.stepUpAsked, 'approvals that had to sign in again did')}.`,
      shown: { to: 'signers' },
    },
    {
      ...{ id: 'R6', source: 'DORA 9(4)(e)', asks: 'Implementation is controlled' },
      feature: 'One pinned sync behind an anchored intent',
      figure: { n: sent.anchored, m: sent.all },
      says: `${of(sent.anchored, sent.all, 'releases sent behind an intent with a receipt')}. ${plural(sent.second, 'release')} needed a second intent.`,
      shown: { to: 'changes', kind: 'release' },
    },
    {
      ...{ id: 'R7', source: 'DORA 9(4)(e)', asks: 'The result is verified' },
      feature: 'Revision and health are checked after the sync',
      figure: { n: ended.verified, m: ended.all },
      says: `${of(ended.verified, ended.all, 'ended releases verified')}: ${ended.healthy} healthy. ${plural(ended.review, 'release')} in review.`,
      shown: { to: 'changes', kind: 'release' },
    },
    {
      ...{ id: 'R8', source: 'RTS 17(1)(e)', asks: 'There is a way back' },
      feature: 'A rollback is prepared and goes through the same approval',
      figure: null,
      says: `Cannot tell for each release: what was prepared is kept for the newest deployments only. ${plural(sent.back, 'release')} sent went back to an earlier deployment.`,
      shown: { to: 'changes', kind: 'release' },
    },
    {
      ...{ id: 'R9', source: 'RTS 17(1)(f,g); 2690 6.4.3', asks: 'Emergencies are settled afterwards' },
      feature: 'Break-glass with approval afterwards, within a time',
      figure: { n: emergencies.inTime, m: emergencies.all - emergencies.waiting },
      says: `${of(emergencies.inTime, emergencies.all - emergencies.waiting, 'emergency changes settled in time')}. ${emergencies.late} late, ${emergencies.overdue} overdue, ${emergencies.waiting} still within their time.`,
      shown: { to: 'exceptions', kind: 'break-glass' },
    },
    {
      ...{ id: 'R10', source: 'RTS 12; ISO A.8.15; 2690 3.2.5', asks: 'The log is protected' },
      feature: 'Sealed, signed, anchored outside the database',
      figure: { n: log.anchored, m: log.size },
      says: `${of(log.anchored, log.size, 'entries of the whole log held by an anchor')}. This page verifies nothing: the verifier does.`,
      shown: { to: 'history' },
    },
    {
      ...{ id: 'R11', source: 'RTS 12(2)(e); 2690 3.2.3', asks: 'Interruptions of the log are seen' },
      feature: 'Nothing is written without an entry; anchors tell how they are',
      figure: { n: log.anchors - log.failing, m: log.anchors },
      says: `${of(log.anchors - log.failing, log.anchors, 'anchors confirm now')}. ${plural(log.starts, 'start')} and ${plural(log.stops, 'stop')} of processes recorded. Past outages of an anchor are not entries: cannot tell from here.`,
      shown: { to: 'history', kind: 'system' },
    },
    {
      ...{ id: 'R12', source: 'RTS 12(2)(f); ISO A.8.17', asks: 'Clocks agree' },
      feature: 'Each entry has the time of its process and of Postgres',
      figure: { n: clock.near, m: clock.all },
      says: `${of(clock.near, clock.all, `entries${clock.capped ? ', the newest only,' : ''} written within 2 s by both clocks`)}. Against a time server nothing is measured.`,
      shown: { to: 'history' },
    },
    {
      ...{ id: 'R13', source: 'RTS 21; ISO A.5.15', asks: 'Rights are known at any time' },
      feature: 'Groups stand in sign-ins, the map of roles by its digest',
      figure: { n: roles.digests, m: roles.loaded },
      says: `${of(roles.digests, roles.loaded, 'starts with the digest of the map of roles')}. ${plural(roles.people, 'person', 'people')} signed in with their groups.`,
      shown: { to: 'signers' },
    },
    {
      ...{ id: 'R14', source: 'RTS 21(c)', asks: 'Every act is one person’s' },
      feature: 'Pipelines and shared accounts cannot approve',
      figure: { n: decisions.all - decisions.service, m: decisions.all },
      says: `${of(decisions.all - decisions.service, decisions.all, 'decisions made by people')}, ${decisions.service} by machines. Whether two people share a sign-in, Countersign cannot tell.`,
      shown: { to: 'history', kind: 'approvals' },
    },
    {
      ...{ id: 'R15', source: 'RTS 8; ISO A.8.31', asks: 'Environments are apart' },
      feature: 'Which environments are protected stands in the configuration',
      figure: null,
      says: `Cannot tell who changed the configuration: its file is reviewed where it is kept. ${plural(roles.configurations, 'different configuration')} ran in this period.`,
      shown: { to: 'history', text: 'configuration.loaded' },
    },
    {
      ...{ id: 'R16', source: 'ISO A.5.28', asks: 'Evidence can be handed over' },
      feature: 'Signed packs that are checked offline',
      figure: null,
      says: `${plural(packs, 'evidence pack')} asked for in this period. Whether somebody checked them, Countersign cannot tell.`,
      shown: { to: 'history', text: 'evidence.exported' },
    },
    {
      ...{ id: 'R17', source: 'DORA 11, 12; 2690 4.2', asks: 'Restoring is practised' },
      feature: 'A database behind its anchor is found',
      figure: null,
      says: 'Cannot tell: no drill is recorded in Countersign.',
      shown: null,
    },
    {
      ...{ id: 'R18', source: 'Change of the control itself', asks: 'Policies change by four eyes' },
      feature: 'Two people agree before a policy comes into force',
      figure: { n: policies.fourEyes, m: policies.all },
      says: `${of(policies.fourEyes, policies.all, 'changes of policies agreed to by two people')}. The first set is adopted at installation.`,
      shown: { to: 'exceptions', kind: 'policy' },
    },
  ]
}
