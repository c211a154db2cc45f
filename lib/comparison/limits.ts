/** So many services are laid side by side at once; counts say so when there are more. */
export const scanMax = 2000
