import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { notFound } from 'next/navigation'
import { Forbidden } from '#components/access/forbidden.tsx'
import { Inquiry } from '#components/audit/inquiry.tsx'
import { readZone, ZONE_COOKIE } from '#components/shell/preferences.ts'
import { questions, questionWords } from '#lib/inquiries/inquiry.ts'
import { loadInquiry } from '#lib/inquiries/loaders.ts'

type Props = {
  params: Promise<{ question: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

const questionOf = async ({ params }: Props) => {
  const { question } = await params
  return questions.find((each) => each === question)
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  const question = await questionOf(props)
  return { title: question ? questionWords[question].title : 'Audit' }
}

/** One of the four questions of an auditor. */
export default async function InquiryPage(props: Props) {
  const question = await questionOf(props)
  if (!question) notFound()
  const zone = readZone((await cookies()).get(ZONE_COOKIE)?.value)
  const view = await loadInquiry(question, await props.searchParams, zone)
  return view.kind === 'forbidden' ? <Forbidden refusal={view} /> : <Inquiry view={view} />
}
