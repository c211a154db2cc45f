/** The mark: a signature over the line it is written on. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      aria-hidden="true"
      className={className ?? 'size-5'}
      fill="none"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path
        stroke="currentColor"
        d="M2 12.6C4.2 10.4 6.3 6.6 7.3 3.9 7.7 2.9 8.7 3.3 8.4 4.3 7.7 6.8 6.6 9.4 6.1 11.7 7.5 8.5 9.4 5.9 10.7 6 12 6.1 10.2 10.3 11.2 10.7 12.2 11.1 13.2 7.6 14.4 7.8 15.5 8 14.5 10.8 15.6 11 16.5 11.2 17.3 10.4 18 9.6"
      />
      <path className="stroke-accent" d="M2.2 16.6H17.8" />
    </svg>
  )
}
