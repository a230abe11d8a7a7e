/** The way in. */
export const scenes = [
  {
    name: "sign-in", path: "/chat", on: ["light", "dark", "phone"], stranger: true,
    show: (page) => page.getByRole("heading", { name: "Sign in to your gateway" }).waitFor(),
  },
  {
    name: "approval", path: "/chat", on: ["light", "dark"], stranger: true,
    async show(page, { token }) {
      await page.getByLabel("Token, password or setup code").fill(token);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Approve this browser" }).waitFor();
    },
  },
];
