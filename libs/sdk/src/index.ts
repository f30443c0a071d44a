export { buildSdk } from './build-sdk.ts'
export type { BuildSdkInput } from './build-sdk.ts'
export { LIBRARIES } from './library.ts'
export type { Library } from './library.ts'
