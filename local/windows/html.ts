const head = (title: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%230f6cbd' d='M2 11h2v3H2zm4-3h2v6H6zm4-3h2v9h-2zm4-3h2v12h-2z'/%3E%3C/svg%3E">
<link rel="stylesheet" href="/windows/page.css">
</head>`

/** The simulator's page; everything in it is drawn by `client/page.ts`. */
export const pageHtml = `${head('Windows simulator')}
<body class="simulator">
<noscript>The simulator needs JavaScript.</noscript>
<div id="root"></div>
<script src="/windows/page.js" defer></script>
</body>
</html>`

/** The app's own page, shown once a callback has returned control. @param id of the device, safe in HTML */
export const appHtml = (id: string) => `${head('Mobile Plans')}
<body class="app-page" data-device="${id}">
<main id="root"></main>
<script src="/windows/app-page.js" defer></script>
</body>
</html>`
