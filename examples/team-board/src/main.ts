import { openDatabase, run } from '@latchkey/house-style'
import { createApp } from './app.tsx'

run('Team board', ({ databaseFile, ownUrl, loginUrl }) =>
  createApp({ db: openDatabase(databaseFile), ownUrl, loginUrl }),
)
