import { parse, satisfies } from 'semver'

/** A known hole that concerns whoever connects to Argo CD. `affected` is a range of semantic versions. */
export type Advisory = { id: string; affected: string; what: string; remedy: string; source: string }

const record = (id: string) => `https://www.cve.org/CVERecord?id=${id}`

/** What is known of Argo CD's releases; `affected` says exactly what the advisories and the facts name, no more. */
export const advisories: readonly Advisory[] = [
  {
    id: 'CVE-2025-55190',
    affected: '<2.13.9 || >=2.14.0 <2.14.16 || >=3.0.0 <3.0.13 || >=3.1.0 <3.1.2',
    what: 'whoever may get a project can read the credentials of its repositories',
    remedy: 'Update to 3.3, 3.4 or 3.5.',
    source: record('CVE-2025-55190'),
  },
  {
    id: 'CVE-2026-42880',
    affected: '>=3.2.0 <3.2.11 || >=3.3.0 <3.3.9',
    what: 'whoever may get an application can read Secrets in its diff',
    remedy: 'Update to 3.3.9 or later.',
    source: record('CVE-2026-42880'),
  },
  {
    // The releases that mend it are not named anywhere yet; these are the newest ones from before it was published.
    id: 'CVE-2026-113708',
    affected: '>=3.3.0 <=3.3.14 || >=3.4.0 <=3.4.7 || >=3.5.0 <=3.5.1',
    what: 'published on 20 October 2026, after this release; the advisory names the details',
    remedy: 'Install a patch release of the same minor version from after 20 October 2026.',
    source: record('CVE-2026-113708'),
  },
]

export type Judgement = {
  /** `unknown`: Argo CD has not said, or said something that is no version. */
  support: 'supported' | 'too-old' | 'newer' | 'unknown'
  advisories: readonly Advisory[]
}

/** Whether Countersign supports a version of Argo CD (3.3 to 3.5), and which known holes it has. */
export function judgeVersion(text: string | null): Judgement {
  const version = parse(text ?? '')
  if (!version) return { support: 'unknown', advisories: [] }
  // A pre-release of a version has what that version has; build metadata never counts.
  const plain = `${version.major}.${version.minor}.${version.patch}`
  const support = satisfies(plain, '<3.3.0') ? 'too-old' : satisfies(plain, '>=3.6.0') ? 'newer' : 'supported'
  return { support, advisories: advisories.filter(({ affected }) => satisfies(plain, affected)) }
}
