import type * as InProcess from './setting-hints-process.ts'

const ignore = () => {}

/** None: a worker has to be small. */
export const createSettingHints: typeof InProcess.createSettingHints = () => ({
  noToken: ignore,
  recognised: ignore,
  sentToLogin: ignore,
})
