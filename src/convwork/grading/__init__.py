"""The trusted side: it asks a student's kernel questions and judges what comes back."""
