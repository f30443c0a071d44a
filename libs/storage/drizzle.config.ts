import { defineConfig } from 'drizzle-kit'

// `generate` takes a relative `out` only. What it makes is checked in; a test proves that nothing is missing.
export default defineConfig({
  dialect: 'postgresql',
  casing: 'snake_case',
  schema: './src/schema/index.ts',
  out: '../../migrations',
})
