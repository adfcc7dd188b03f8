import { openDatabase, run } from '@latchkey/house-style'
import { createApp } from './app.tsx'

run('Notes', ({ databaseFile, ownUrl, loginUrl }) =>
  createApp({ db: openDatabase(databaseFile), ownUrl, loginUrl }),
)
