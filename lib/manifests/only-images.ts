import { canonicalJson } from './digest.ts'
import { imageName, parseImage } from './images.ts'
import type { Json, JsonObject } from './mask.ts'

/** Where the pod of each kind of workload stands. An `image` anywhere else is not one that is pulled. */
const podPaths: Record<string, readonly string[]> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Rollout: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const withoutVersion = (container: Json): Json =>
  isObject(container) && typeof container.image === 'string'
    ? { ...container, image: imageName(parseImage(container.image)) }
    : container

function blank(value: JsonObject, [first, ...rest]: readonly string[]): JsonObject {
  if (first !== undefined) {
    const below = value[first]
    return isObject(below) ? { ...value, [first]: blank(below, rest) } : value
  }
  const lists = ['containers', 'initContainers'].flatMap((name) => {
    const list = value[name]
    return Array.isArray(list) ? [[name, list.map(withoutVersion)] as const] : []
  })
  return { ...value, ...Object.fromEntries(lists) }
}

/** Whether two states of one workload differ in tags or digests of container images of the same repositories, and in nothing else. */
export function onlyImages(kind: string, before: JsonObject, after: JsonObject): boolean {
  const path = podPaths[kind]
  return path !== undefined && canonicalJson(blank(before, path)) === canonicalJson(blank(after, path))
}
