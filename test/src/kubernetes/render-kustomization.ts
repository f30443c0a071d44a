import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import type { Manifest } from './manifest.ts'

interface Kustomization {
  readonly kind: string
  readonly namespace?: string
  readonly resources?: readonly string[]
  readonly components?: readonly string[]
  readonly images?: readonly {
    readonly name: string
    readonly newName?: string
    readonly newTag?: string
  }[]
  readonly replicas?: readonly { readonly name: string; readonly count: number }[]
  readonly patches?: readonly { readonly target: Target; readonly patch: string }[]
}

interface Target {
  readonly group?: string
  readonly version?: string
  readonly kind?: string
  readonly name?: string
  readonly labelSelector?: string
}

interface Step {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path: string
  readonly value?: unknown
}

/** The members of a kustomization that are understood here. Another one is an error, so that nothing is left out silently. */
const MEMBERS = new Set([
  'apiVersion',
  'kind',
  'namespace',
  'resources',
  'components',
  'images',
  'replicas',
  'patches',
])
const WITHOUT_NAMESPACE = new Set(['Namespace'])

/**
 * The objects of a folder with a `kustomization.yaml`, as `kubectl kustomize FOLDER` makes them, for the members that the folders of this
 * repository use. Throws for any other member.
 */
export function renderKustomization(folder: string): Manifest[] {
  const own = read(folder)
  let objects = (own.resources ?? []).flatMap((name) => resource(join(folder, name)))
  for (const name of own.components ?? [])
    objects = applied(read(join(folder, name)), join(folder, name), objects)
  return applied({ ...own, resources: [] }, folder, objects)
}

function read(folder: string): Kustomization {
  const found = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization
  const unknown = Object.keys(found).filter((member) => !MEMBERS.has(member))
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join(', ')} is not supported here`)
  return found
}

function resource(path: string): Manifest[] {
  if (statSync(path).isDirectory()) return renderKustomization(path)
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0]
    return document.toJS() as Manifest
  })
}

function applied(
  { resources = [], patches = [], images = [], replicas = [], namespace }: Kustomization,
  folder: string,
  before: readonly Manifest[],
): Manifest[] {
  const objects = [...before, ...resources.flatMap((name) => resource(join(folder, name)))]
  return objects.map((object) => {
    const copy = structuredClone(object) as Manifest & Record<string, unknown>
    for (const { target, patch } of patches)
      if (isTarget(copy, target))
        for (const step of parse(patch) as readonly Step[]) apply(copy, step)
    for (const { name, count } of replicas)
      if (
        copy.metadata.name === name &&
        (copy.kind === 'Deployment' || copy.kind === 'StatefulSet')
      )
        apply(copy, { op: 'add', path: '/spec/replicas', value: count })
    eachContainer(copy, (container) => {
      const image = images.find(({ name }) => name === container.image.replace(/:.*$/, ''))
      if (image !== undefined)
        container.image = `${image.newName ?? image.name}${image.newTag === undefined ? '' : `:${image.newTag}`}`
    })
    if (namespace === undefined || WITHOUT_NAMESPACE.has(copy.kind)) return copy
    return { ...copy, metadata: { ...copy.metadata, namespace } }
  })
}

function isTarget(
  object: Manifest,
  { group, version, kind, name, labelSelector }: Target,
): boolean {
  const [ofGroup, ofVersion] = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')
    : ['', object.apiVersion]
  const [label = '', value] = labelSelector?.split('=') ?? []
  return (
    (group === undefined || group === ofGroup) &&
    (version === undefined || version === ofVersion) &&
    (kind === undefined || kind === object.kind) &&
    (name === undefined || name === object.metadata.name) &&
    (labelSelector === undefined || object.metadata.labels?.[label] === value)
  )
}

/** One step of a JSON patch (RFC 6902). */
function apply(object: unknown, { op, path, value }: Step): void {
  const members = path
    .slice(1)
    .split('/')
    .map((member) => member.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = members.pop() ?? ''
  let parent = object as Record<string, unknown>
  for (const member of members) {
    const next = parent[member]
    if (typeof next !== 'object' || next === null) throw new Error(`${path} does not exist`)
    parent = next as Record<string, unknown>
  }
  if (op !== 'add' && !(last in parent)) throw new Error(`${path} does not exist`)
  if (op === 'remove') delete parent[last]
  else parent[last] = structuredClone(value)
}

function eachContainer(object: unknown, change: (container: { image: string }) => void): void {
  if (typeof object !== 'object' || object === null) return
  for (const [member, value] of Object.entries(object)) {
    if (member === 'containers' || member === 'initContainers')
      for (const container of value as { image: string }[]) change(container)
    else eachContainer(value, change)
  }
}
