import 'server-only'
import { notFound } from 'next/navigation'
import { can, readScope } from '#lib/access/policy.ts'
import { requireViewer } from '#lib/access/viewer.ts'
import { clock } from '#lib/platform/clock.ts'
import { getDb } from '#lib/platform/context.ts'
import { getReleaseRow, type ReleaseRow } from '#lib/releases/data.ts'
import { explain, mayApprove, mayDecide } from '#lib/releases/release.ts'
import { getTrain, listCandidates, type TrainCandidate, type TrainCar, type TrainRow } from './data.ts'
import { explainTrain, mayResume, membersMax, stateOf, stops, type TrainState } from './train.ts'

export type CarView = TrainCar & {
  row: ReleaseRow
  /** Offered where this member stops the train: why the viewer cannot let it go on, undefined when they can. */
  past: { refusal: string | undefined } | null
}

export type TrainView = Omit<TrainRow, 'cars'> & {
  standing: TrainState
  cars: CarView[]
  /** Why the viewer cannot approve, or reject, what waits; null when nothing does. */
  decision: { approve: string | undefined; reject: string | undefined } | null
}

/** The page of a train: 404 for what does not exist and for what may not be seen whole. */
export async function loadTrain(id: string): Promise<TrainView> {
  const viewer = await requireViewer()
  const db = getDb()
  const train = await getTrain(db, viewer, id)
  if (!train) notFound()
  const now = clock.now()
  const cars: CarView[] = []
  for (const car of train.cars) {
    const row = await getReleaseRow(db, car.release)
    if (!row) continue
    const past = mayResume(car, car.where, viewer)
    cars.push({
      ...car,
      row,
      past: stops(car) ? { refusal: past.ok ? undefined : explainTrain(past.refusal) } : null,
    })
  }
  const waiting = cars.filter(({ state }) => state === 'requested')
  const first = (may: typeof mayApprove): string | undefined => {
    for (const { row, name } of waiting) {
      const answer = may(row, viewer, now)
      if (!answer.ok) return `${name}: ${explain(answer.refusal)}`
    }
    return undefined
  }
  return {
    ...train,
    cars,
    standing: stateOf(train.cars),
    decision: waiting.length > 0 ? { approve: first(mayApprove), reject: first(mayDecide) } : null,
  }
}

export type NewTrainView = {
  words: string
  candidates: TrainCandidate[]
  cut: boolean
  refusal: string | undefined
}

const candidatesMax = 100

/** What a train could be made of. */
export async function loadNewTrain(search: { q?: string | string[] | undefined }): Promise<NewTrainView> {
  const viewer = await requireViewer()
  const words = ([search.q].flat()[0] ?? '').trim().slice(0, 100)
  const found = await listCandidates(getDb(), readScope(viewer), words, candidatesMax + 1)
  const mine = found.filter(({ project, environment }) =>
    can(viewer, 'request:release', { project, environment }),
  )
  return {
    words,
    candidates: mine.slice(0, candidatesMax).map(({ project: _project, ...rest }) => rest),
    cut: found.length > candidatesMax,
    refusal: can(viewer, 'request:release')
      ? undefined
      : `None of your groups may ask for releases. A train takes up to ${membersMax} of them.`,
  }
}
