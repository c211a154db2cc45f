import { type ComponentType, useEffect, useState } from 'react'

/**
 * A part whose code is fetched when it is first rendered, and that is nothing until then; `preload` fetches it before.
 * Not React.lazy: alone it would hold up all that is around it, and a boundary that showed nothing once keeps doing so
 * for 300 ms. And not next/dynamic, which weighs more than all that uses it. A failed fetch throws in the part's place.
 */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let here: ComponentType<Props> | undefined
  const preload = async () => {
    here ??= await load()
    return here
  }
  // biome-ignore lint/correctness/noComponentHookFactories: made once for each part, at the top of a module
  function Later(props: Props) {
    const [Part, setPart] = useState<ComponentType<Props> | undefined>(() => here)
    useEffect(() => {
      if (Part) return
      preload().then(
        (part) => setPart(() => part),
        (error: unknown) =>
          setPart(() => {
            throw error
          }),
      )
    }, [Part])
    return Part ? <Part {...props} /> : null
  }
  return Object.assign(Later, { preload })
}
