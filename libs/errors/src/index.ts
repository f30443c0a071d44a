export { errorTable, isErrorCode } from './codes.ts'
export type { ErrorCode, ErrorCodeRow, ErrorDisposition } from './codes.ts'
export { CodedError, OperatorError } from './coded-error.ts'
export type { CodedErrorOptions, WireError } from './coded-error.ts'
