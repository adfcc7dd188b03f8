import { auth, staffRequired } from '@latchkey/jwt-middleware/express'
import express from 'express'
import { announce, greetingPage, HOST, PORT, staffPage } from './greeting-page.ts'

const app = express()
const web = auth()
app.use(web)
app.get('/', (req, res) => {
  res.send(greetingPage({ framework: 'Express', user: req.user, signInUrl: web.signInUrl(req) }))
})
app.get('/staff', staffRequired(), (_req, res) => void res.send(staffPage('Express')))
app.post('/sign-out', web.signOut())
app.listen(PORT, HOST, () => announce('Express'))
