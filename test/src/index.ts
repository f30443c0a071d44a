export { acquire } from './shared-server.ts'
