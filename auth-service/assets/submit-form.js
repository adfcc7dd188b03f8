// Sends the form of this page, which brings a message to an app. Without scripts, its button does.
document.getElementById('send')?.requestSubmit()
