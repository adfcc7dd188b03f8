import { run } from '@latchkey/house-style/run'

run('Team board', () => import('./app.tsx'))
