import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'

/** A library that the hub serves below `/sdk/` as a tarball that npm installs. */
export const SdkLibrary = Type.Object({
  name: Type.String({ description: 'Package name, for instance `@alkdev/spoke`.' }),
  version: Type.String(),
  description: Type.String(),
  file: Type.String({
    pattern: '^[a-z0-9][a-z0-9.-]*\\.tgz$',
    description: 'Name of the tarball, with the version.',
  }),
  latest: Type.String({
    pattern: '^[a-z0-9][a-z0-9.-]*\\.tgz$',
    description: 'The same tarball under a name without the version.',
  }),
  integrity: Type.String({
    pattern: '^sha512-[A-Za-z0-9+/]{86}==$',
    description: 'Subresource integrity of the tarball, as npm writes it into lock files.',
  }),
  bytes: Type.Integer({ minimum: 0, description: 'Size of the tarball.' }),
})
export type SdkLibrary = Static<typeof SdkLibrary>

/** `index.json` of a folder of built libraries, and the answer to `GET /sdk/` for programs. */
export const SdkListing = Type.Object({
  inputs: Type.String({ description: 'Hash of everything that the libraries were built from.' }),
  libraries: Type.Array(SdkLibrary, { maxItems: 100 }),
})
export type SdkListing = Static<typeof SdkListing>

/** Name of the listing in a folder of built libraries. */
export const SDK_LISTING_FILE = 'index.json'
