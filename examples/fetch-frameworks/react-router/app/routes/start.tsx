export default function Start() {
  return (
    <>
      <h1>Start</h1>
      <form method="post" action="/sign-out">
        <button type="submit">Sign out</button>
      </form>
    </>
  )
}
