/** What people can do with all that is stored about them: the section on the account page. */
export const YourData = () => (
  <section class="card" aria-labelledby="data">
    <div class="heading">
      <h2 id="data">Your data</h2>
      <p class="muted">Take everything that is stored about you with you, or have it deleted.</p>
    </div>
    <div class="spread">
      <a class="button quiet" href="/account/export" download>
        Download your data
      </a>
      <a class="button quiet" href="/account/delete">
        Delete your account…
      </a>
    </div>
  </section>
)
