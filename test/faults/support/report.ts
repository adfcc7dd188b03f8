import { basename } from 'node:path'
import { afterEach } from 'vitest'
import { faults } from './faults.ts'

/** Prints for every failed fault test how to run it alone with the same seed. */
afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return
  const file = basename(task.file.filepath, '.test.ts')
  const command = faults.many
    ? `npm run test:faults -- ${file}`
    : `npm exec -- vitest run test/faults/${file}`
  console.error(
    `\n${task.name}: failed with seed ${faults.seed}. Again: FAULTS_SEED=${faults.seed} ${command}\n`,
  )
})
