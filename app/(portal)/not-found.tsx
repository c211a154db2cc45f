import { Missing } from '#components/catalog/missing.tsx'

export default function NotFound() {
  return <Missing />
}
