// Starts the API viewer, light or dark like the page around it; "Try it out" sends this page's CSRF token along.
"use strict";
const dark = matchMedia("(prefers-color-scheme: dark)");
const followTheme = () => {
  const { dataset, classList } = document.documentElement;
  classList.toggle("dark-mode", dataset.theme ? dataset.theme === "dark" : dark.matches);
};
followTheme();
dark.addEventListener("change", followTheme);
new MutationObserver(followTheme).observe(document.documentElement, { attributeFilter: ["data-theme"] });

window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("swagger");
  const token = document.querySelector('meta[name="csrf-token"]').content;
  SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    requestInterceptor: (request) => {
      request.headers["X-CSRFToken"] = token;
      return request;
    },
  });
});
