import { instant } from '#lib/platform/clock.ts'
import { readSignal, type SignalBackend, type SignalFailure } from '#lib/signals/client.ts'
import { type Lines, onGrid, parseNames, parseRange, shareOf } from './answer.ts'
import { type Candidate, firstMatch, probes } from './candidate.ts'
import type { Labels } from './label.ts'
import { vmuiLink } from './links.ts'
import type { PanelLine, PanelName, PanelView, Unanswered, UsualView } from './panel.ts'
import type { PanelAsk } from './profile.ts'
import { daysMin, usualOf } from './usual.ts'
import { earlierGrids, type Grid, rateWindow } from './window.ts'

/** What a panel is read with. `person` is whose limit it counts against. */
export type PanelRequest = {
  backend: SignalBackend
  /** Where people open the backend. */
  uiUrl: string
  candidates: readonly Candidate[]
  panel: PanelName
  grid: Grid
  nowMs: number
  person?: string | undefined
  read?: typeof readSignal
}

const probeEveryMs = 5 * 60_000
const pastKeptMs = 10 * 60_000
const hourS = 3600

const unanswered = ({ why, detail }: SignalFailure): Unanswered => ({ is: 'failed', why, detail })
const seconds = (ms: number) => `${ms / 1000}`

/** Which metrics are there by each finder, in or shortly before the window. Asked about every five minutes. */
async function discover(request: Omit<PanelRequest, 'uiUrl'>) {
  const { backend, candidates, grid, nowMs, person, read = readSignal } = request
  const live = nowMs - grid.toMs < 2 * grid.stepMs
  const atMs = live ? Math.floor(grid.toMs / probeEveryMs) * probeEveryMs : grid.toMs
  const windowS = Math.max(hourS, (grid.toMs - grid.fromMs) / 1000 + 300)
  const asked = probes(candidates, windowS)
  const answers = await Promise.all(
    asked.map(({ finder, query }) =>
      read(
        {
          backend,
          path: '/api/v1/query',
          params: [
            ['query', query],
            ['time', seconds(atMs)],
          ],
          scope: finder.scope,
          person,
        },
        { parse: (text) => parseNames(text), keepMs: probeEveryMs, as: 'names' },
      ),
    ),
  )
  const found = new Map<string, ReadonlySet<string>>()
  let failure: SignalFailure | undefined
  for (const [index, answer] of answers.entries()) {
    const key = asked[index]?.finder.key ?? ''
    if (answer.ok) found.set(key, new Set(answer.value))
    else failure ??= answer
  }
  return { found, failure, asked }
}

type Answered = { ok: true; lines: PanelLine[]; notes: string[]; any: boolean } | SignalFailure

/** The lines of a panel on one grid. `shiftMs` lays an earlier stretch on the grid of today. */
async function readLines(
  request: PanelRequest,
  ask: PanelAsk,
  scope: Labels,
  stretch: { grid: Grid; shiftMs: number; keepMs: number },
): Promise<Answered> {
  const { backend, person, read = readSignal } = request
  const { grid, shiftMs, keepMs } = stretch
  const answers = await Promise.all(
    ask.queries.map(({ query }) =>
      read(
        {
          backend,
          path: '/api/v1/query_range',
          params: [
            ['query', query],
            ['start', seconds(grid.fromMs)],
            ['end', seconds(grid.toMs)],
            ['step', `${seconds(grid.stepMs)}s`],
          ],
          scope,
          person,
        },
        { parse: parseRange, keepMs, as: 'range' },
      ),
    ),
  )
  const good: Lines[] = []
  for (const answer of answers) {
    if (!answer.ok) return answer
    good.push(answer.value)
  }
  const target = request.grid
  const laid = good.map(({ lines }) =>
    onGrid(lines[0], target, shiftMs).map((value) => (value === null ? null : value * ask.scale)),
  )
  const notes = [
    good.some(({ partial }) => partial) && 'Some nodes of the backend did not answer: parts may be missing.',
    good.some(({ odd }) => odd > 0) && 'Some values were no finite numbers; they are drawn as gaps.',
    good.some(({ lines }) => lines.length > 1) && 'A query gave several series; the first is drawn.',
  ].filter((note) => note !== false)
  if (ask.shape === 'each') {
    const lines = laid.map((values, index) => ({ name: ask.queries[index]?.name ?? '', values }))
    return { ok: true, lines, notes, any: good.some(({ lines }) => lines.length > 0) }
  }
  const noPart = good[0]?.lines.length === 0
  const values = shareOf(laid[0] ?? [], laid[1] ?? [], noPart)
  if (noPart) notes.push('Nothing ever counted a failed request here, so all are taken as answered.')
  return {
    ok: true,
    lines: [{ name: ask.queries[0]?.name ?? '', values }],
    notes,
    any: good[1]?.lines.length !== 0,
  }
}

function matched(request: Omit<PanelRequest, 'uiUrl'>, found: ReadonlyMap<string, ReadonlySet<string>>) {
  const candidate = firstMatch(request.candidates, request.panel, found)
  const ask = candidate?.profile.panels[request.panel]?.ask(
    candidate.finder.matchers,
    rateWindow(request.grid),
  )
  return candidate && ask ? { ...candidate, ask } : undefined
}

/** One panel: the first profile that fits, its queries, and their answers on the grid. */
export async function readPanel(request: PanelRequest): Promise<PanelView> {
  const { panel, grid, nowMs, uiUrl } = request
  const { found, failure, asked } = await discover(request)
  const match = matched(request, found)
  if (!match) {
    if (failure) return unanswered(failure)
    const wanted = request.candidates.filter(({ profile }) => profile.panels[panel])
    const tried = asked
      .filter(({ finder }) => wanted.some((candidate) => candidate.finder === finder))
      .map(({ finder, query }) => ({
        name: `${[...new Set(wanted.filter((one) => one.finder === finder).map(({ profile }) => profile.name))].join(', ')} by ${finder.words}`,
        query,
      }))
    return { is: 'empty', panel, detail: 'No known metrics were found for this application.', tried }
  }
  const { ask, finder, profile } = match
  const live = nowMs - grid.toMs < 2 * grid.stepMs
  const keepMs = live ? grid.stepMs : pastKeptMs
  const answer = await readLines(request, ask, finder.scope, { grid, shiftMs: 0, keepMs })
  if (!answer.ok) return unanswered(answer)
  if (!answer.any) {
    const detail = `${profile.name} has series of this application, but no sample in this time.`
    return { is: 'empty', panel, detail, tried: ask.queries }
  }
  const href = vmuiLink({
    url: uiUrl,
    queries: ask.queries.map(({ query }) => query),
    window: { from: instant(grid.fromMs), to: instant(grid.toMs) },
    stepMs: grid.stepMs,
  })
  return {
    ...{ is: 'shown', panel, unit: ask.unit, profile: profile.name, found: finder.words, grid, href },
    ...{ lines: answer.lines, queries: ask.queries, notes: answer.notes },
  }
}

/** What the first line of a panel usually is at this time of day, from the seven days before. */
export async function readUsual(request: PanelRequest): Promise<UsualView> {
  const { found, failure } = await discover(request)
  const match = matched(request, found)
  if (!match) return failure ? unanswered(failure) : { is: 'nothing' }
  const { ask, finder } = match
  // Of a panel with several lines of their own the first has the band: the others need not be asked for.
  const main = ask.shape === 'each' ? { ...ask, queries: ask.queries.slice(0, 1) } : ask
  const days = await Promise.all(
    earlierGrids(request.grid).map((stretch) =>
      readLines(request, main, finder.scope, { ...stretch, keepMs: 6 * pastKeptMs }),
    ),
  )
  const good: (number | null)[][] = []
  for (const day of days) {
    if (!day.ok) return unanswered(day)
    good.push(day.any ? (day.lines[0]?.values ?? []) : [])
  }
  const usual = usualOf(good)
  return usual.days < daysMin
    ? { is: 'too-little', days: usual.days }
    : { is: 'usual', grid: request.grid, ...usual }
}

/** The answers of a panel's queries on a grid, as they came; `noPart` where nothing ever counted the first of a share. */
export type Measurement =
  | { is: 'measured'; ask: PanelAsk; profile: string; lines: (number | null)[][]; noPart: boolean }
  | { is: 'nothing' }
  | Unanswered

/** What a panel is drawn from, for those who calculate: not divided, not combined. */
export async function readMeasurement(request: Omit<PanelRequest, 'uiUrl'>): Promise<Measurement> {
  const { backend, grid, person, read = readSignal } = request
  const { found, failure } = await discover(request)
  const match = matched(request, found)
  if (!match) return failure ? unanswered(failure) : { is: 'nothing' }
  const { ask, finder, profile } = match
  const lines: (number | null)[][] = []
  let noPart = false
  for (const [place, { query }] of ask.queries.entries()) {
    const params = [
      ['query', query],
      ['start', seconds(grid.fromMs)],
      ['end', seconds(grid.toMs)],
      ['step', `${seconds(grid.stepMs)}s`],
    ] as const
    const asked = { backend, path: '/api/v1/query_range', params, scope: finder.scope, person }
    const answer = await read(asked, { parse: parseRange, keepMs: 0, as: 'range' })
    if (!answer.ok) return unanswered(answer)
    const [line] = answer.value.lines
    if (place === 0 && ask.shape === 'share') noPart = line === undefined
    lines.push(onGrid(line, grid).map((value) => (value === null ? null : value * ask.scale)))
  }
  return { is: 'measured', ask, profile: profile.name, lines, noPart }
}
