// Where a page is not as it was drawn, and why. The sheets of docs/design/ tell it beside the two pictures.

/** What differs, and the reason. */
type Deviation = [what: string, why: string];

/** What holds for every page. */
export const EVERYWHERE: Deviation[] = [
  ['No “Playground”, “Gate runs” and “System status” in the nav', 'There are no such pages yet, and a link that leads nowhere is worse than none.'],
  ['“Imports” is in the nav', 'Folders of policies come in there until policies can be edited in the portal.'],
  ['The top bar has a switch of environment', 'Lists are looked at one environment at a time; the address and a line above the list say which.'],
  ['Other people, names and numbers', 'The drawings invent theirs; the demo’s people are named by their role, and every number is counted.'],
];

const NO_REPLAY: Deviation = ['Nothing tells what past decisions would become', 'Decisions are kept and not yet replayed; a guess would be taken for evidence.'];

/** By the page’s name; the pages that were drawn. */
export const DEVIATIONS: Record<string, Deviation[]> = {
  home: [
    ['No time of OPA’s answers, and no other span than 24 hours', 'Decisions are counted by what they came to; their metrics are not summed up yet.'],
    ['The last changes have one icon', 'What happened is told by its sentence.'],
    ['A promotion waits in the same queue as exceptions', 'Both are decisions of the same people, and the oldest comes first.'],
  ],
  exceptions: [['No hits of 30 days', 'They come of decisions matched to exceptions, which are not counted yet.']],
  'exception-waits': [
    NO_REPLAY,
    ['No comments and no “Ask”', 'A request is decided or denied with a reason; a conversation about it has no place to be kept yet.'],
    ['The end has a time of day', 'An exception ends to the second, in the portal as in Rego.'],
  ],
  'exception-form': [
    NO_REPLAY,
    ['Policy and rule are one field', 'It works without scripts: a second list would have to follow the first.'],
    ['Nobody is named who will be asked', 'Whoever holds the role may decide; there are no teams yet.'],
  ],
  fleet: [
    ['Each environment has its own reload', 'A reload is a right in an environment, and whoever lacks it sees why at that button.'],
    ['Each instance has a page of its own', 'It has an address that can be sent to whoever is on call, and works without scripts.'],
    ['No figures over all publishes', 'How long after its release each OPA ran a version stands on its page; nothing sums it up yet.'],
  ],
  audit: [
    ['No verification at a press of a button, and no proof beside one entry', 'The portal verifies its log by itself, and a line says what came of it; proofs leave with the export, with the evidence pack and by the API.'],
    ['What and whom are one sentence', 'That is how it is looked for: by words, or by the number of an exception.'],
  ],
  decisions: [
    ['Decisions are counted over a day on the home page alone', 'The list shows what its filter finds, however long it reaches back; a chart of any span needs counts that are not kept yet.'],
    ['No “Gap” of missing uploads', 'OPA numbers no uploads; what it says that it dropped stands on its instance’s page.'],
    ['A field each instead of one line of words', 'It works without scripts, and nobody has to learn how to write it.'],
  ],
  decision: [
    ['No tree of what was undefined, and no playground', 'Decisions are told by what the policies found; they are not evaluated again yet.'],
    ['No commit and no gate run', 'Pipelines do not hand their plans to the portal yet.'],
    ['No 99th percentile beside the time', 'The metrics of decisions are not summed up yet.'],
  ],
  policy: [
    ['No “Edit” and no “Deprecate”', 'Policies are edited in their folder and imported whole.'],
    ['The source is that of the newest version, all files under one another', 'A policy is judged by all of its files, its helpers among them.'],
  ],
  version: [
    NO_REPLAY,
    ['One second person confirms, where the drawing has two', 'Four eyes are the rule of production; a number of approvals cannot be set yet.'],
    ['Checks that passed are folded', 'What failed comes first, with file and line; sixteen lines that say “passed” push down what is looked for.'],
    ['The difference is told file by file, and from some hundred lines on the files are folded', 'A first version has thousands of lines, and a slow machine was busy for seconds with what nobody had looked at yet.'],
  ],
  'sign-in': [['The demo’s people in the place of a single sign-on', 'No identity provider is configured, and then only this machine can sign in.']],
  components: [['Every component in every state, in the order of the code', 'The page is a test: it fails when a component is missing.']],
};
