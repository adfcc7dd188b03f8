// By its path, since the package's name leads to the sources in tests.
const { auth, loginRequired } = require('../../../jwt-middleware/dist/express.js')
const compression = require('compression')
const cookieParser = require('cookie-parser')
const session = require('express-session')
const helmet = require('helmet')
const multer = require('multer')

/** An app with the usual middleware before or after `auth()`. */
exports.makeApp = (express, order, options) => {
  const app = express()
  const others = [
    helmet(),
    compression({ threshold: 0 }),
    cookieParser(),
    session({ secret: 'only here', resave: false, saveUninitialized: false }),
  ]
  const web = auth(options)
  for (const one of order === 'before' ? [...others, web] : [web, ...others]) app.use(one)
  app.get('/', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.cookie('theme', 'dark')
    res.json({
      email: req.user.isAuthenticated && req.user.email,
      visits: req.session.visits,
      cookies: Object.keys(req.cookies),
      text: 'a'.repeat(5000),
    })
  })
  app.post('/files', loginRequired(), multer().single('file'), (req, res) => {
    res.json([req.user.isAuthenticated && req.user.email, req.file?.buffer.toString()])
  })
  app.get('/sent', loginRequired(), (_req, res) => res.sendFile(__filename, { maxAge: '1h' }))
  return app
}
