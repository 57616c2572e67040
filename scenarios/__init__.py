"""Where the tool and the fakes meet: cases as files, worlds built from them, and checks played inside."""
