/** The comments in answers to a patch, and the lines of the diff that they stand under. */
import assert from "node:assert/strict";
import { type AnswerText, placeReplies } from "../../../../src/core/replies/placeReplies";
import { quotableLines } from "../../../../src/core/replies/quotableLines";

const patch = `Count the timers of a machine.

Signed-off-by: Ada Pine <ada@example.org>
---
 timer.c | 9 +++++++--
 1 file changed, 7 insertions(+), 2 deletions(-)

diff --git a/timer.c b/timer.c
index 1111111..2222222 100644
--- a/timer.c
+++ b/timer.c
@@ -10,6 +10,8 @@ static int first(struct machine *machine)
 	int count = machine->timers;
 
-	if (count < 0)
+	if (count < 0 || machine->is_stopped || !timer_is_known_to_the_machine(machine))
 		return -EINVAL;
+	count_timers(machine);
+	return -EBUSY;
 }
 
@@ -40,4 +42,6 @@ static int second(struct machine *machine)
 	lock(machine);
+	if (machine->broken)
+		return -EBUSY;
 	unlock(machine);
 	return 0;
 }
diff --git a/clock.c b/clock.c
index 3333333..4444444 100644
--- a/clock.c
+++ b/clock.c
@@ -1,3 +1,4 @@
 int ticks;
+int timers;
 int clocks;
 
-- 
2.50.0
`;

const lines = quotableLines(patch);

/** Each comment as `timer.c:13 text`; `-12` is a line of the old file, `?` a comment without a line, and `<1` answers the comment 1. */
function placed(...answers: Array<string | Partial<AnswerText>>): string[] {
  const given = answers.map((one, at) => ({
    messageId: `${at}@example.org`,
    inReplyTo: "patch@example.org",
    isRobot: false,
    text: "",
    ...(typeof one === "string" ? { text: one } : one),
  }));
  return placeReplies(lines, given).map(({ text, place, parent }) => {
    const where = place === null ? "?" : `${place.path}:${place.side === "old" ? "-" : ""}${place.number}`;
    return `${where} ${text.split("\n").join(" / ")}${parent === null ? "" : ` <${parent}`}`;
  });
}

suite("comments on lines", () => {
  test("stand under the last quoted line above them", () => {
    const text = `On Monday, Ada Pine wrote:
> -	if (count < 0)

Why is this gone?

> +	count_timers(machine);

Nit: rename.
It counts nothing.

> +	return -EBUSY;
> }

Thanks,
Bo`;
    assert.deepEqual(placed(text), ["timer.c:-12 Why is this gone?", "timer.c:14 Nit: rename. / It counts nothing."]);
  });

  test("stand under lines of the context and of the header of a hunk too", () => {
    assert.deepEqual(placed("> @@ -40,4 +42,6 @@ static int second(struct machine *machine)\n> \tlock(machine);\n\nWhich lock?"), [
      "timer.c:42 Which lock?",
    ]);
    assert.deepEqual(placed("> @@ -1,3 +1,4 @@\n\nWrong file."), ["clock.c:1 Wrong file."]);
  });

  test("a line in several places is told by its neighbours, above and below", () => {
    assert.deepEqual(placed("> +	if (machine->broken)\n> +		return -EBUSY;\n\nReally?"), ["timer.c:44 Really?"]);
    assert.deepEqual(placed("> +	return -EBUSY;\n\nReally?\n\n> }\n> \n> @@ -40,4 +42,6 @@ static int second(struct machine *machine)\n"), [
      "timer.c:15 Really?",
    ]);
  });

  test("or by the header above it, or by the lines found around it", () => {
    assert.deepEqual(placed("> @@ -40,4 +42,6 @@ static int second(struct machine *machine)\n[...]\n> +		return -EBUSY;\n\nReally?"), [
      "timer.c:44 Really?",
    ]);
    assert.deepEqual(placed("> +	count_timers(machine);\n\nOne.\n\n> +	return -EBUSY;\n[snip]\n> 	lock(machine);\n\nTwo."), [
      "timer.c:14 One.",
      "timer.c:42 Two.",
    ]);
  });

  test("and stands under none where nothing tells", () => {
    assert.deepEqual(placed("> +	return -EBUSY;\n\nReally?"), ["? Really?"]);
    assert.deepEqual(placed("> +	}\n\nReally?"), ["? Really?"]);
    assert.deepEqual(placed("> +	return -ENOENT;\n\nReally?"), ["? Really?"]);
    assert.deepEqual(placed("Looks wrong to me.\n\n> +	count_timers(machine);"), ["? Looks wrong to me."]);
  });

  test("wrapped quotes are joined, with and without a mark on the rest", () => {
    const start = "> +	if (count < 0 || machine->is_stopped ||";
    assert.deepEqual(placed(`${start}\n> !timer_is_known_to_the_machine(machine))\n\nToo long.`), ["timer.c:12 Too long."]);
    assert.deepEqual(placed(`${start}\n!timer_is_known_to_the_machine(machine))\n\nToo long.`), ["timer.c:12 Too long."]);
    assert.deepEqual(placed(`${start}\n!timer_is_known_to_the_machine(machine))\n> 		return -EINVAL;\n\nToo long.`), [
      "timer.c:13 Too long.",
    ]);
  });

  test("white space does not count, and a lost sign little", () => {
    assert.deepEqual(placed(">+\u00a0\u00a0\u00a0\u00a0count_timers( machine );\n\nNit."), ["timer.c:14 Nit."]);
    assert.deepEqual(placed("ab>  count_timers(machine);\n\nNit."), ["timer.c:14 Nit."]);
    assert.deepEqual(placed("> if (machine->broken)\n> return -EBUSY;\n\nNit."), ["timer.c:44 Nit."]);
  });

  test("what is left out in silence does not lead astray", () => {
    assert.deepEqual(placed("> -	if (count < 0)\n> 	lock(machine);\n\nWhich?\n\n> +int timers;\n\nStatic."), [
      "timer.c:42 Which?",
      "clock.c:2 Static.",
    ]);
  });

  test("words about the whole patch stand under no line", () => {
    const whole = patch
      .split("\n")
      .map((line) => `> ${line}`)
      .join("\n");
    assert.deepEqual(placed(`${whole}\nWhat is it for?`), ["? What is it for?"]);
    assert.deepEqual(placed("> +	count_timers(machine);\n\nFine with me,\n\nReviewed-by: Bo Rask <bo@example.org>"), [
      "? Fine with me, /  / Reviewed-by: Bo Rask <bo@example.org>",
    ]);
    assert.deepEqual(placed("> Count the timers of a machine.\n\nWhy?"), ["? Why?"]);
  });

  test("answers to answers belong to the comment that they quote", () => {
    const review =
      "> +	count_timers(machine);\n\nWhy here, where every other user of this has the lock?\n\n> +int timers;\n\nMake it static.";
    const answer = {
      inReplyTo: "0@example.org",
      text: "> > +	count_timers(machine);\n> \n> Why here, where every other user of this\n> has the lock?\n\nIt is taken.\n\n> > +int timers;\n\nIt is used.",
    };
    const again = { inReplyTo: "1@example.org", text: "> > > +int timers;\n> > Make it static.\n> It is used.\n\nWhere?" };
    assert.deepEqual(placed(review, answer, again), [
      "timer.c:14 Why here, where every other user of this has the lock?",
      "clock.c:2 Make it static.",
      "timer.c:14 It is taken. <0",
      "clock.c:2 It is used. <1",
      "clock.c:2 Where? <3",
    ]);
  });

  test("the code that an answer suggests is its own, also where the patch has it elsewhere", () => {
    const review = "> +int timers;\n\nBetter:\n\n+	count_timers(machine);";
    assert.deepEqual(placed(review, { inReplyTo: "0@example.org", text: "> +	count_timers(machine);\n\nOK." }), [
      "clock.c:2 Better: /  / +	count_timers(machine);",
      "clock.c:2 OK. <0",
    ]);
  });

  test("robots name lines, which count where the code beside them is that of the patch", () => {
    const text = `All warnings:

>> timer.c:14:2: warning: 'count_timers' is not there
     count_timers(machine);
     ^~~~~~~~~~~~
   timer.c:43:2: note: in a tree of its own
     other(machine);

vim +/timers +2 clock.c

clock.c:2:5: warning: 'timers' is not used
     1	int ticks;
   > 2	int timers;
`;
    assert.deepEqual(
      placed({ text, isRobot: true }).map((one) => one.slice(0, 40)),
      ["timer.c:14 >> timer.c:14:2: warning: 'co", "?    timer.c:43:2: note: in a tree of it", "clock.c:2 clock.c:2:5: warning: 'timers'"],
    );
  });

  test("hostile answers take linear time", () => {
    const many = (line: string, count: number): string => Array.from({ length: count }, () => line).join("\n");
    const hostile = quotableLines(`--- a/x.c\n+++ b/x.c\n@@ -1 +1,50000 @@\n${many("+	x = machine(1);", 50_000)}\n`);
    const took = (text: string, times: number): number => {
      const start = process.cpuUsage().user;
      const answers = Array.from({ length: times }, (_, at) => ({ messageId: `${at}`, inReplyTo: `${at - 1}`, isRobot: false, text }));
      placeReplies(hostile, answers);
      return (process.cpuUsage().user - start) / 1e6;
    };
    assert.ok(took(many("> +	x = machine(1);", 100_000), 1) < 5);
    assert.ok(took(many("> +	x = machine(1);\nno", 20_000), 1) < 5);
    assert.ok(took(many(">".repeat(200), 20_000), 1) < 5);
    assert.ok(took("> +	x = machine(1);\n\nWhy?", 5000) < 5);
  });
});
