import { visible } from '#components/ui/visible.ts'

/** The name of an author as Git has it, without the address behind it. */
export const authorName = (author: string): string =>
  visible(author.replace(/\s*<[^<>]*>$/, '')) || visible(author) || 'unknown author'
