export function browserLaunch(): {
  args: string[]
  executablePath?: string
  env?: Record<string, string>
}
