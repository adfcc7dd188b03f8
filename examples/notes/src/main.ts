import { run } from '@latchkey/house-style/run'

run('Notes', () => import('./app.ts'))
