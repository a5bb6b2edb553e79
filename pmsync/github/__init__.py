"""HTTP to GitHub: which one, with which token, how often, and what each answer means. By PyGithub."""
