import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { COMPONENTS, ICONS } from "../../src/domain/canvas/a2ui-catalog.js";
import { referencesOf, replaceReferences } from "../../src/domain/canvas/a2ui-references.js";
import type { Shape } from "../../src/domain/canvas/a2ui-shape.js";
import { readA2uiJsonl, readA2uiMessages, type A2uiComponent } from "../../src/domain/canvas/a2ui.js";
import { markId, SurfaceBook } from "../../web/a2ui/surface-book.js";

const refusal = (...lines: unknown[]) => {
  const read = readA2uiJsonl(lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  return read.ok ? "taken" : `${read.line}: ${read.key}: ${read.message}`;
};
const update = (...components: unknown[]) => ({ surfaceUpdate: { surfaceId: "s", components } });
const one = (component: unknown) => refusal(update({ id: "a", component }));
const data = (...contents: unknown[]) => refusal({ dataModelUpdate: { surfaceId: "s", contents } });
const HELLO = update({ id: "a", component: { Text: { text: { literalString: "hello" } } } });

describe("lines", () => {
  test("one message each, however they end, with nothing between them", () => {
    const text = JSON.stringify(HELLO);
    expect(readA2uiJsonl(`\n${text}\r\n\r\n  \n{"beginRendering":{"surfaceId":"s","root":"a"}}\n`)).toEqual({ ok: true, messages: [HELLO, { beginRendering: { surfaceId: "s", root: "a" } }] });
    expect(readA2uiMessages([HELLO])).toEqual({ ok: true, messages: [HELLO] });
  });

  test.each([
    ["", "1: : There is no message."],
    ["\n \n", "1: : There is no message."],
    ["hello", "1: : This line is not a JSON object."],
    ["[]", "1: : This line is not a JSON object."],
    ["null", "1: : This line is not a JSON object."],
    ['{"a":1', "1: : This line is not a JSON object."],
    ["{}", "1: : A message has exactly one key, which is one of beginRendering, surfaceUpdate, dataModelUpdate, deleteSurface."],
    ['{"surfaceUpdate":{},"deleteSurface":{}}', "1: : A message has exactly one key"],
    ['{"render":{}}', "1: render: A message has exactly one key"],
    ['{"__proto__":{}}', "1: __proto__: A message has exactly one key"],
    ['{"constructor":{}}', "1: constructor: A message has exactly one key"],
  ])("%j", (line, said) => {
    expect(refusal(line)).toContain(said);
  });

  test("the line is the one that is wrong", () => {
    expect(refusal(HELLO, "", HELLO, "oops")).toBe("4: : This line is not a JSON object. Write each message on one line of its own.");
    expect(readA2uiMessages([HELLO, {}])).toMatchObject({ ok: false, line: 2 });
    for (const none of [undefined, null, {}, [], "x"]) expect(readA2uiMessages(none)).toMatchObject({ ok: false, line: 1, key: "" });
  });

  test("too much at once", () => {
    expect(refusal(...Array(1_001).fill({ deleteSurface: { surfaceId: "s" } }))).toContain("1001: : More than 1000 messages");
    expect(readA2uiJsonl("x".repeat(5_000_000))).toMatchObject({ ok: false, line: 1 });
    expect(refusal(update(...Array.from({ length: 1_001 }, (_, nth) => ({ id: `c${nth}`, component: { Divider: {} } }))))).toContain("more than 1000 are not taken at once");
  });
});

describe("what is wrong is named", () => {
  test.each([
    [{ version: "v0.9", createSurface: { surfaceId: "s", catalogId: "c" } }, "1: createSurface: This is a message of A2UI v0.9 or later"],
    [{ version: "v0.9", deleteSurface: { surfaceId: "s" } }, "1: version: This is a message of A2UI v0.9 or later"],
    [{ updateComponents: {} }, "1: updateComponents: This is a message of A2UI v0.9 or later, and the canvas speaks v0.8. Send beginRendering, surfaceUpdate"],
    [{ updateDataModel: {} }, "1: updateDataModel: This is a message of A2UI v0.9"],
    [{ beginRendering: { surfaceId: "s" } }, "1: beginRendering.root: This key is missing."],
    [{ beginRendering: { surfaceId: "", root: "a" } }, "1: beginRendering.surfaceId: Expected the id of a component"],
    [{ beginRendering: { surfaceId: "s", root: "a", theme: {} } }, "1: beginRendering.theme: This key is not known here; there are surfaceId, root, catalogId, styles."],
    [{ beginRendering: { surfaceId: "s", root: "a", catalogId: "mine" } }, "1: beginRendering.catalogId: The canvas has the standard catalogue"],
    [{ beginRendering: { surfaceId: "s", root: "a", styles: { primaryColor: "red" } } }, "1: beginRendering.styles.primaryColor: Expected a color"],
    [{ deleteSurface: {} }, "1: deleteSurface.surfaceId: This key is missing."],
    [{ deleteSurface: "s" }, "1: deleteSurface: Expected an object, found another text."],
    [{ surfaceUpdate: { surfaceId: "s", components: [] } }, "1: surfaceUpdate.components: The list is empty."],
    [{ surfaceUpdate: { surfaceId: "s", components: {} } }, "1: surfaceUpdate.components: Expected a list, found an object."],
    [update({ component: { Divider: {} } }), "1: surfaceUpdate.components[0].id: This key is missing."],
    [update({ id: "a", component: { Divider: {} } }, { id: "a", component: { Divider: {} } }), "1: surfaceUpdate.components[1].id: Another component of this message has this id already."],
    [update({ id: "a", component: "Text", text: "v0.9" }), "1: surfaceUpdate.components[0].text: This key is not known here"],
  ])("%j", (message, said) => {
    expect(refusal(message)).toContain(said);
  });

  test.each([
    ["Text", "component: Expected an object whose one key is the component's type, as in"],
    [{}, "component: Expected exactly one key, the component's type, found none."],
    [{ Text: {}, Icon: {} }, "component: Expected exactly one key, the component's type, found several."],
    [{ Heading: {} }, 'component.Heading: There is no component of this type. Use Text with usageHint "h1" to "h5".'],
    [{ Checkbox: {} }, "component.Checkbox: There is no component of this type. It is called CheckBox."],
    [{ toString: {} }, "component.toString: There is no component of this type. There are Text, Image,"],
    [{ Text: { text: "hello" } }, "component.Text.text: Expected an object with one of literalString, path, found another text."],
    [{ Text: { text: {} } }, "component.Text.text: Expected exactly one of literalString, path, found none."],
    [{ Text: { text: { literalString: "a", path: "/b" } } }, "component.Text.text: Expected exactly one of literalString, path, found literalString and path."],
    [{ Text: { text: { literalNumber: 1 } } }, "component.Text.text.literalNumber: This key is not known here; there are literalString, path."],
    [{ Text: { text: { path: "/a" }, usageHint: "h9" } }, 'component.Text.usageHint: Expected one of "h1", "h2"'],
    [{ Icon: { name: { literalString: "rocket" } } }, 'component.Icon.name.literalString: Expected one of "accountCircle"'],
    [{ Column: { children: ["a"] } }, "component.Column.children: Expected an object with one of explicitList, template, found a list."],
    [{ Column: { children: { explicitList: ["a", 7] } } }, "component.Column.children.explicitList[1]: Expected the id of a component, found a number."],
    [{ Button: { child: "a" } }, "component.Button.action: This key is missing."],
    [{ Button: { child: "a", action: { name: "go", context: [{ key: "k", value: { path: 1 } }] } } }, "component.Button.action.context[0].value.path: Expected a text, found a number."],
    [{ MultipleChoice: { selections: { path: "/a" }, options: [], maxAllowedSelections: 1.5 } }, "component.MultipleChoice.maxAllowedSelections: Expected a whole number"],
    [{ Slider: { value: { literalNumber: "1" } } }, "component.Slider.value.literalNumber: Expected a number, found another text."],
    [{ Divider: { axis: null } }, 'component.Divider.axis: Expected one of "horizontal", "vertical", found null.'],
    [{ Divider: { "line\nbreak": 1 } }, 'component.Divider."line\\nbreak": This key is not known here'],
  ])("%j", (component, said) => {
    expect(one(component)).toContain(`1: surfaceUpdate.components[0].${said}`);
  });

  test("values in the data: exactly one each, five levels deep", () => {
    const deep = (levels: number): object => (levels === 1 ? { key: "k", valueString: "v" } : { key: "k", valueMap: [deep(levels - 1)] });
    expect(data(deep(5))).toBe("taken");
    expect(data(deep(6))).toContain("valueMap: This key is not known here");
    expect(data({ key: "k" })).toContain("dataModelUpdate.contents[0]: Expected exactly one of valueString, valueNumber, valueBoolean, valueMap beside the key, found none.");
    expect(data({ key: "k", valueMap: [{ key: "a", valueString: "x", valueNumber: 1 }] })).toContain("dataModelUpdate.contents[0].valueMap[0]: Expected exactly one");
    expect(data({ key: "k", valueNumber: "1" })).toContain("contents[0].valueNumber: Expected a number");
    expect(data({ key: "k", valueArray: [] })).toContain("contents[0].valueArray: This key is not known here");
  });

  test("no refusal repeats what stands in the page", () => {
    const secret = "what the page says";
    const said = [one({ Text: { text: secret } }), one({ Text: { text: { literalString: 1 }, usageHint: secret } }), data({ key: secret }), refusal(secret), one(secret)];
    expect(said.join()).not.toContain(secret);
  });
});

describe("against the published schema", () => {
  const schema = JSON.parse(readFileSync("node_modules/@a2ui/web_core/src/v0_8/schemas/server_to_client.json", "utf8")) as object;
  const catalog = JSON.parse(readFileSync("node_modules/@a2ui/web_core/src/v0_8/schemas/standard_catalog_definition.json", "utf8")) as { components: Record<string, object> };
  const ajv = new Ajv({ strict: false });
  const isMessage = ajv.compile(schema);
  const checks = new Map(Object.entries(catalog.components).map(([name, component]) => [name, ajv.compile(component)]));

  const valueOf = (shape: Shape): fc.Arbitrary<unknown> => {
    switch (shape.kind) {
      case "text": return fc.string({ maxLength: 8 });
      case "ref": return fc.constantFrom("a", "b", "c");
      case "number": return fc.double({ noNaN: true, noDefaultInfinity: true });
      case "whole": return fc.integer();
      case "flag": return fc.boolean();
      case "color": return fc.constant("#00bfff");
      case "anything": return fc.constant({});
      case "one-of": return fc.constantFrom(...shape.values);
      case "list": return fc.array(valueOf(shape.of), { minLength: shape.least, maxLength: 3 });
      case "choice": return fc.oneof(...Object.entries(shape.of).map(([name, inner]) => valueOf(inner).map((value) => ({ [name]: value }))));
      case "record": return fc.record({ ...mapped(shape.required), ...mapped(shape.optional) }, { requiredKeys: Object.keys(shape.required) });
      case "nested": return fc.constant({});
    }
  };
  const mapped = (shapes: Readonly<Record<string, Shape>>): Record<string, fc.Arbitrary<unknown>> => Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, valueOf(shape)]));
  const component = fc.constantFrom(...Object.keys(COMPONENTS)).chain((name) => valueOf(COMPONENTS[name]!).map((properties) => ({ [name]: properties as object })));

  test("the same components, the same icons", () => {
    expect(Object.keys(COMPONENTS).sort()).toEqual([...checks.keys()].sort());
    expect(JSON.stringify(catalog.components["Icon"])).toContain(JSON.stringify(ICONS));
  });

  test("what is right here is right there", () => {
    fc.assert(fc.property(component, (given) => {
      const message = update({ id: "a", component: given });
      expect(refusal(message)).toBe("taken");
      expect(isMessage(message)).toBe(true);
      const [[name, properties]] = Object.entries(given) as [[string, object]];
      expect([checks.get(name)?.(properties), checks.get(name)?.errors]).toEqual([true, null]);
    }), { numRuns: 500 });
  });

  /** The value with one thing in it made another. */
  const bent = (value: unknown, pick: number, to: unknown): unknown => {
    if (Array.isArray(value) && value.length > 0) return value.map((inner, at) => (at === pick % value.length ? bent(inner, pick >> 2, to) : inner));
    if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return to;
    const names = Object.keys(value);
    const name = names[pick % names.length]!;
    if (pick % 5 === 0) return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
    if (pick % 7 === 0) return { ...value, further: to };
    return { ...value, [name]: bent((value as Record<string, unknown>)[name], pick >> 2, to) };
  };

  test("what is wrong there is wrong here", () => {
    let wrong = 0;
    fc.assert(fc.property(component, fc.nat(100_000), fc.constantFrom(null, 7, "x", true, [], {}, ["a"], { literalString: "x" }), (given, pick, to) => {
      const [[name, properties]] = Object.entries(given) as [[string, object]];
      const other = bent(properties, pick, to);
      if (checks.get(name)?.(other) === true) return;
      wrong += 1;
      expect(one({ [name]: other })).not.toBe("taken");
    }), { numRuns: 2_000 });
    expect(wrong).toBeGreaterThan(300);
  });

  test("nothing makes it throw", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      readA2uiMessages([value]);
      readA2uiMessages([{ surfaceUpdate: value }, { dataModelUpdate: value }]);
      one(value);
    }), { numRuns: 500 });
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void readA2uiJsonl(text)));
  });
});

describe("references", () => {
  const button: A2uiComponent = { id: "b", weight: 2, component: { Button: { child: "label", action: { name: "child", context: [{ key: "child", value: { literalString: "label" } }] } } } };

  test("are found and replaced where they are such, and nowhere else", () => {
    expect(referencesOf(button)).toEqual(["label"]);
    expect(replaceReferences(button, (id) => `${id}!`)).toEqual({ ...button, component: { Button: { child: "label!", action: { name: "child", context: [{ key: "child", value: { literalString: "label" } }] } } } });
    const all = (component: A2uiComponent["component"]) => referencesOf({ id: "x", component });
    expect(all({ Row: { children: { explicitList: ["a", "b"] } } })).toEqual(["a", "b"]);
    expect(all({ List: { children: { template: { componentId: "t", dataBinding: "/list" } } } })).toEqual(["t"]);
    expect(all({ Tabs: { tabItems: [{ title: { literalString: "a" }, child: "c" }, { title: { path: "/b" }, child: "d" }] } })).toEqual(["c", "d"]);
    expect(all({ Modal: { entryPointChild: "e", contentChild: "f" } })).toEqual(["e", "f"]);
    expect(all({ Text: { text: { literalString: "a" } } })).toEqual([]);
  });

  test("what is not there yet is stood in for, until it is", () => {
    const book = new SurfaceBook();
    const row = { id: "root", component: { Row: { children: { explicitList: ["a", "b"] } } } };
    const first = book.prepare({ surfaceUpdate: { surfaceId: "s", components: [row] } }).surfaceUpdate?.components;
    expect(first?.map(({ id }) => id)).toEqual([markId("root"), markId("a"), markId("b")]);
    const text = { id: "a", component: { Text: { text: { literalString: "b" } } } };
    expect(book.prepare({ surfaceUpdate: { surfaceId: "s", components: [text] } }).surfaceUpdate?.components).toEqual([{ ...text, id: markId("a") }]);
    expect(book.prepare({ surfaceUpdate: { surfaceId: "s", components: [row] } }).surfaceUpdate?.components.map(({ id }) => id)).toEqual([markId("root"), markId("b")]);
    book.prepare({ deleteSurface: { surfaceId: "s" } });
    expect(book.prepare({ surfaceUpdate: { surfaceId: "s", components: [row] } }).surfaceUpdate?.components).toHaveLength(3);
  });
});
