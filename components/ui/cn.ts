import { clsx } from 'clsx'

/**
 * Joins class names. There is no conflict resolution on purpose: a `className` given to a primitive places it
 * (margin, width, grid area); what it looks like is a variant of the primitive.
 */
export const cn = clsx
