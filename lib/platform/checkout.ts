/** The folder that holds our own sources: every process is started in it. */
export const checkout = (): string => process.cwd()
