import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { formatCheckpoint, formatVkey, signerOf, signNote } from '#lib/audit/checkpoint.ts'
import { checkpointLine, entryLine, headLine, readLogFile } from '#lib/audit/log-file.ts'
import { append, chainHash, emptyFrontier, equal, genesis, leafHash, root } from '#lib/audit/merkle.ts'
import { verifierProgram } from '#lib/evidence/program.ts'
import { exact, measure, median, type Outcome } from './measure.ts'
import { benchDir } from './places.ts'

const size = 1_000_000
const goals = { chainMs: 5_000, treeMs: 30_000, mebibytes: 512 }
const runs = 3
const origin = 'countersign.example/bench'

/** An approval as it stands in the log: half a kilobyte, none like the other. */
function entryOf(seq: number): Buffer {
  const plan = createHash('sha256').update(String(seq)).digest('hex')
  const id = String(seq).padStart(26, '0')
  return Buffer.from(
    `{"actor":{"account":"usr_${id}","kind":"person","person":"per_${id}"},"at":"2026-11-24T10:00:00.000Z","data":{"comment":"The totals are right now","decision":"approve","groups":["/shop/approvers"],"plan":"${plan}"},"id":"evt_${id}","subject":{"application":"app_${id}","environment":"prod","release":"rel_${id}","service":"checkout"},"type":"release.decided","v":1}`,
  )
}

/** Writes the log, then its head in front of it: one pass each, for the checkpoint is known last. */
async function writeLog(path: string): Promise<string> {
  const signer = signerOf(origin, generateKeyPairSync('ed25519').privateKey)
  let tree = emptyFrontier
  for (let seq = 0; seq < size; seq++) tree = append(tree, leafHash(entryOf(seq)))
  const note = signNote(formatCheckpoint({ origin, size, root: root(tree) }), signer)
  const out = createWriteStream(path)
  out.write(headLine(origin, size) + checkpointLine({ note }))
  let chain = genesis(origin)
  for (let seq = 0; seq < size; seq++) {
    const entry = entryOf(seq)
    const leaf = leafHash(entry)
    chain = chainHash(chain, seq, leaf)
    if (!out.write(entryLine({ seq, leaf, chain, entry }))) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
  return formatVkey(signer)
}

/** Milliseconds of processor time for reading, leaf and chain alone. */
async function chainAlone(path: string): Promise<number> {
  const before = process.cpuUsage()
  const { rows } = await readLogFile(createReadStream(path, { highWaterMark: 1 << 20 }))
  let chain = genesis(origin)
  let seq = 0
  for await (const batch of rows)
    for (const row of batch) {
      const leaf = leafHash(row.entry as Uint8Array)
      chain = chainHash(chain, seq++, leaf)
      if (!equal(leaf, row.leaf) || !equal(chain, row.chain)) throw new Error(`entry ${seq} does not fit`)
    }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const report =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(JSON.stringify(process.resourceUsage())))'

/** The program that auditors get, as a process of its own: milliseconds of processor time and mebibytes at most. */
async function whole(
  program: string,
  vkey: string,
  path: string,
): Promise<{ ms: number; mebibytes: number }> {
  const args = ['--import', report, program, '--vkey', vkey, path]
  const { stderr } = await promisify(execFile)(process.execPath, args)
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(stderr) as NodeJS.ResourceUsage
  return { ms: (userCPUTime + systemCPUTime) / 1000, mebibytes: maxRSS / 1024 }
}

/** How long an auditor's verifier takes for a log of a million entries, as processor time: others may be at work. */
export async function verifying(say: (line: string) => void): Promise<Outcome> {
  const dir = join(benchDir, 'verify')
  await mkdir(dir, { recursive: true })
  try {
    const [path, program, vkey] = ['log.jsonl', 'verify.mjs', 'log.vkey'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ]
    say(`Writing a log of ${size} entries`)
    await writeFile(vkey, await writeLog(path))
    await writeFile(program, verifierProgram())
    const chains: number[] = []
    const wholes: { ms: number; mebibytes: number }[] = []
    for (let i = 0; i < runs; i++) {
      chains.push(await chainAlone(path))
      wholes.push(await whole(program, vkey, path))
    }
    const mebibytes = Math.max(...wholes.map((each) => each.mebibytes))
    const what = `a log of ${size} entries as a file, processor time`
    return {
      measures: [
        measure(
          { id: 'VERIFY.CHAIN', what: `leaves and chain of ${what}`, goal: goals.chainMs, unit: 'ms' },
          exact(median(chains)),
        ),
        measure(
          { id: 'VERIFY', what: `everything of ${what}`, goal: goals.treeMs, unit: 'ms' },
          exact(median(wholes.map(({ ms }) => ms))),
        ),
        measure(
          { id: 'VERIFY.MEMORY', what: 'memory that takes at most', goal: goals.mebibytes, unit: 'MiB' },
          exact(mebibytes),
        ),
      ],
      notes: [
        `chain ${chains.map(Math.round).join(', ')} ms; all ${wholes.map(({ ms }) => Math.round(ms)).join(', ')} ms`,
      ],
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
